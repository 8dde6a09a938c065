import Foundation
import Pruning
import Testing

@testable import Training

@Suite struct KnobSearchTests {
  /// Sparsity as a function of the knob, rising along the scale.
  private static func sparsity(_ knob: Double, _ scale: KnobScale) -> Double {
    switch scale {
    case .negativeLogarithmic: 1 / (1 + exp(log(-knob) - 3))
    case .falling: 1 / (1 + exp(8 * knob))
    case .logarithmic: 1 / (1 + exp(2 - 1.5 * log(knob)))
    }
  }

  private static let cases: [(scale: KnobScale, start: Double)] = [
    (.negativeLogarithmic, -3200), (.negativeLogarithmic, -1), (.falling, 0), (.falling, 0.4), (.logarithmic, 400),
    (.logarithmic, 0.01),
  ]

  @Test(arguments: cases, [0.5, 0.8, 0.95])
  func risingFunctionsAreMet(place: (scale: KnobScale, start: Double), target: Double) throws {
    let search = KnobSearch(tolerance: 0.01, trials: 20)
    var searching = KnobSearching()
    while let knob = searching.next(from: place.start, scale: place.scale, to: target, search) {
      #expect(knob.isFinite)
      // What is on disk is all that the next trial needs.
      searching = try JSONDecoder().decode(KnobSearching.self, from: JSONEncoder().encode(searching))
      searching.add(KnobSearching.Trial(knob: knob, sparsity: Self.sparsity(knob, place.scale), top1: 0))
      #expect(searching.trials.count <= search.trials)
    }
    let nearest = try #require(searching.nearest(to: target))
    #expect(abs(nearest.sparsity - target) <= search.tolerance)
    #expect(searching.trials[0].knob == place.start)
    #expect(searching.trials.count < search.trials)
  }

  /// A step that no value of the knob gets past: the trials end, and the nearest one counts.
  @Test func trialsEndAndTheNearestCounts() {
    let search = KnobSearch(tolerance: 0.01, trials: 7)
    var searching = KnobSearching()
    while let knob = searching.next(from: -100, scale: .negativeLogarithmic, to: 0.9, search) {
      searching.add(KnobSearching.Trial(knob: knob, sparsity: knob > -20 ? 0.97 : 0.5, top1: 0))
    }
    #expect(searching.trials.count == 7)
    #expect(searching.nearest(to: 0.9)?.sparsity == 0.97)
    #expect(searching.nearest(to: 0.6)?.knob == -100)
    #expect(KnobSearching().nearest(to: 0.5) == nil)
    // Between the nearest of both sides.
    let knobs = searching.trials.map(\.knob)
    #expect(knobs.suffix(3).allSatisfy { $0 > -60 && $0 < -10 })
  }

  @Test func scalesAreInversesAndRise() {
    for (scale, knobs) in [
      (KnobScale.negativeLogarithmic, [-3200, -10, -0.1]), (.falling, [0.3, 0, -0.5]), (.logarithmic, [0.1, 1, 400]),
    ] as [(KnobScale, [Double])] {
      let places = knobs.map(scale.place(of:))
      #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 })
      #expect(zip(knobs, places).allSatisfy { abs($0 - scale.knob(at: $1)) < 1e-9 * max(1, abs($0)) })
    }
  }

  @Test func everyEmergentMethodHasAKnob() {
    let methods: [MethodConfig] = [
      .str(initial: -3, decay: 0.1),
      .continuousSparsification(initial: 0.1, penalty: 0, sharpness: 9, selection: .sign),
      .softMovement(scoreRate: 1, threshold: 0.1, penalty: 40),
    ]
    for method in methods {
      #expect(method.isEmergent)
      #expect(method.with(knob: -7).knob?.value == -7)
      #expect(method.with(knob: method.knob?.value ?? 0) == method)
    }
    let settable = MethodConfig.continuousSparsification(initial: 0, penalty: 0, sharpness: 9, selection: .highest)
    #expect(settable.knob == nil && !settable.isEmergent && MethodConfig.oneShot.knob == nil)
  }
}
