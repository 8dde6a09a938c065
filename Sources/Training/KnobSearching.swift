import Foundation
import Pruning

/// Search for the value of a method's one knob at which training ends near a sparsity, by bracketing and halving.
///
/// A function of the trials so far, so that an interrupted search goes on where it was.
struct KnobSearching: Codable, Equatable, Sendable {
  /// One training with its outcome.
  struct Trial: Codable, Equatable, Sendable {
    let knob: Double
    let sparsity: Double
    let top1: Double
  }

  private(set) var trials: [Trial] = []

  mutating func add(_ trial: Trial) { trials.append(trial) }

  /// The trial that came nearest to `sparsity`; of equal ones the first.
  func nearest(to sparsity: Double) -> Trial? {
    trials.min { abs($0.sparsity - sparsity) < abs($1.sparsity - sparsity) }
  }

  /// The knob's next value to try; nil if a trial is near enough or all are spent.
  ///
  /// Where all trials lie on one side of the target, the knob moves on by a step that doubles; else it lies between the
  /// nearest trials of both sides, where a straight line between them meets the target, kept off their ends.
  func next(from start: Double, scale: KnobScale, to sparsity: Double, _ search: KnobSearch) -> Double? {
    guard trials.count < search.trials else { return nil }
    guard let nearest = nearest(to: sparsity) else { return start }
    guard abs(nearest.sparsity - sparsity) > search.tolerance else { return nil }
    let places = trials.map { (place: scale.place(of: $0.knob), sparsity: $0.sparsity) }
    let below = places.filter { $0.sparsity < sparsity }.max { $0.place < $1.place }
    let above = places.filter { $0.sparsity >= sparsity }.min { $0.place < $1.place }
    switch (below, above) {
    case (let below?, let above?):
      let fraction = (sparsity - below.sparsity) / max(above.sparsity - below.sparsity, 1e-12)
      return scale.knob(at: below.place + min(max(fraction, 0.2), 0.8) * (above.place - below.place))
    case (let below?, nil): return scale.knob(at: below.place + Self.step(trials.count) * scale.step)
    case (nil, let above?): return scale.knob(at: above.place - Self.step(trials.count) * scale.step)
    case (nil, nil): return start
    }
  }

  private static func step(_ trials: Int) -> Double { Double(1 << min(trials - 1, 20)) }
}

/// How a knob's values lie on a line on which sparsity rises.
enum KnobScale: Equatable {
  /// Negative values near 0 are sparser, by factors: STR's initial parameter.
  case negativeLogarithmic
  /// Lower values are sparser: the initial score of continuous sparsification.
  case falling
  /// Larger positive values are sparser, by factors: a penalty.
  case logarithmic

  func place(of knob: Double) -> Double {
    switch self {
    case .negativeLogarithmic: -log(-knob)
    case .falling: -knob
    case .logarithmic: log(knob)
    }
  }

  func knob(at place: Double) -> Double {
    switch self {
    case .negativeLogarithmic: -exp(-place)
    case .falling: -place
    case .logarithmic: exp(place)
    }
  }

  /// First step along the line.
  var step: Double {
    switch self {
    case .negativeLogarithmic, .logarithmic: 0.7
    case .falling: 0.05
    }
  }
}

extension MethodConfig {
  /// The number that decides a method's emergent sparsity; nil for methods with a target.
  var knob: (value: Double, scale: KnobScale)? {
    switch self {
    case .str(let initial, _): (initial, .negativeLogarithmic)
    case .continuousSparsification(let initial, _, _, .sign): (initial, .falling)
    case .softMovement(_, _, let penalty): (penalty, .logarithmic)
    default: nil
    }
  }

  func with(knob: Double) -> MethodConfig {
    switch self {
    case .str(_, let decay): .str(initial: knob, decay: decay)
    case .continuousSparsification(_, let penalty, let sharpness, let selection):
      .continuousSparsification(initial: knob, penalty: penalty, sharpness: sharpness, selection: selection)
    case .softMovement(let rate, let threshold, _):
      .softMovement(scoreRate: rate, threshold: threshold, penalty: knob)
    default: self
    }
  }
}
