import Foundation
import Planning
import Pruning
import Testing

@testable import Reports

@Suite struct SeriesStyleTests {
  private static let everywhere = ["dense", "pdp", "gmp", "gmp-nested", "one-shot", "random"]
  private static let weights = [
    "imp", "dnw", "ac-dc", "set", "rigl", "granet", "str", "cs", "optg", "movement", "soft-movement", "snip", "grasp",
    "synflow",
  ]
  private static let groups = ["dnw", "ac-dc", "sr-ste", "asp", "lbc"]
  private static let channels = ["l1-norm", "l2-norm", "fpgm", "slimming", "taylor", "hrank", "chip"]

  private static let names = Set(everywhere + weights + groups + channels).sorted()

  @Test func everyMethodHasAColourAndMarkerOfItsOwn() {
    let styles = Self.names.map { SeriesStyle(method: $0) }
    #expect(Self.names.count == 30)
    for (index, style) in styles.enumerated() {
      let twins = styles.indices.filter { $0 != index && styles[$0].colour == style.colour }
      #expect(twins.allSatisfy { styles[$0].marker != style.marker }, "\(Self.names[index])")
      // Published values have the cross.
      #expect(style.marker != .cross)
    }
  }

  @Test(arguments: [weights, groups, channels])
  func methodsThatMeetInAStudyHaveDifferentColours(methods: [String]) {
    let colours = (Self.everywhere + methods).map { SeriesStyle(method: $0).colour }
    #expect(Set(colours).count == colours.count)
  }

  /// Contrast with white after the Web Content Accessibility Guidelines 2.1, of a line 2 pixels wide.
  @Test(arguments: names) func colourIsReadableOnPaper(name: String) {
    let colour = SeriesStyle(method: name).colour
    let linear = [colour.red, colour.green, colour.blue].map { part -> Double in
      part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    let luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    #expect(1.05 / (luminance + 0.05) > 2.1)
  }

  private func labels(_ arms: [SyntheticStudy.Arm]) -> [String] {
    Variant.all(in: SyntheticStudy(arms: arms).data).ordered.map(\.label)
  }

  private func arm(
    _ name: String, _ method: MethodConfig, _ change: (inout SyntheticStudy.Arm) -> Void = { _ in }
  ) -> SyntheticStudy.Arm {
    var arm = SyntheticStudy.Arm(name: name, method: method, sparsity: 0.9, top1: [0.5])
    change(&arm)
    return arm
  }

  @Test func variantsAreNamedByWhatTellsThemApart() {
    let rigL = MethodConfig.rigL(share: 0.3, interval: 100, until: 0.75)
    #expect(labels([arm("a", rigL), arm("b", rigL) { $0.sparsity = 0.5 }]) == ["rigl"])
    #expect(
      labels([arm("a", rigL), arm("b", .rigL(share: 0.3, interval: 50, until: 0.75))])
        == ["rigl, interval 100", "rigl, interval 50"])
    #expect(
      labels([arm("a", .gmp(storage: .shadow)), arm("b", .gmp(storage: .shadow)) { $0.structure = .blocks(size: 4) }])
        == ["gmp, unstructured", "gmp, 1x4"])
    #expect(
      labels([
        arm("a", rigL), arm("b", rigL) { $0.budget = Budget(rule: .erk, cap: 0.98) },
        arm("c", rigL) {
          $0.budget = Budget(rule: .global, cap: 0.98, layers: [LayerRule("x.*", .dense)], isNormalized: true)
        },
      ]) == ["rigl, global budget", "rigl, erk budget", "rigl, normalized global budget, x.* dense"])
    #expect(
      labels([
        arm("a", rigL), arm("b", rigL) { $0.epochs = 12 },
        arm("c", rigL) {
          $0.start = "a"
          $0.policy = LayerPolicy(prunesStem: false, prunesDepthwise: true, prunesClassifier: true)
        },
      ]) == [
        "rigl, 6 epochs, every layer", "rigl, 12 epochs, every layer", "rigl, 6 epochs, all but stem, from a",
      ])
    #expect(
      labels([
        arm("a", .pdp(temperature: .absolute(1e-4))),
        arm("b", .pdp(temperature: .absolute(1e-4), threshold: .attached)),
        arm("c", .str(initial: -5, decay: 1e-4)) { $0.search = KnobSearch(tolerance: 0.01, trials: 3) },
        arm("d", .str(initial: -5, decay: 1e-4)),
      ]) == ["pdp", "pdp, threshold attached", "str, searched", "str"])
  }
}
