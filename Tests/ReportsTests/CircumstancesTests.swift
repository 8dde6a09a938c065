import Foundation
import Planning
import Pruning
import Testing

@testable import Reports

/// What keeps arms from being put in an order, and how tables tell of it.
@Suite struct CircumstancesTests {
  private static let dense = SyntheticStudy.Arm(name: "dense", method: .dense, sparsity: 0, top1: [0.7, 0.71])

  private static func pruned(
    _ name: String, _ method: MethodConfig = .gmp(storage: .shadow), sparsity: Double = 0.9,
    _ change: (inout SyntheticStudy.Arm) -> Void = { _ in }
  ) -> SyntheticStudy.Arm {
    var arm = SyntheticStudy.Arm(name: name, method: method, sparsity: sparsity, top1: [0.6, 0.61])
    change(&arm)
    return arm
  }

  private func markdown(_ arms: [SyntheticStudy.Arm], claim: (String, String)? = nil) throws -> [String] {
    var study = SyntheticStudy(arms: arms, elements: [.table(Plan.Table(name: "top1", metric: .top1))])
    if let claim {
      study.elements = [
        .claim(Plan.Claim(statement: "It wins", arm: claim.0, rival: claim.1, margin: 0, metric: .top1))
      ]
    }
    let file = try #require(try Report.render(study.data).first)
    return String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The verdict on the claim that the arm `a` beats `b`.
  private func verdict(_ a: SyntheticStudy.Arm, _ b: SyntheticStudy.Arm, _ others: SyntheticStudy.Arm...) throws
    -> String
  {
    let lines = try markdown(others + [a, b], claim: (a.name, b.name))
    let row = try #require(lines.first { $0.hasPrefix("| It wins") })
    return row.split(separator: "|", omittingEmptySubsequences: false).dropLast(2).last?
      .trimmingCharacters(in: .whitespaces) ?? ""
  }

  private func row(_ name: String, _ arms: SyntheticStudy.Arm...) throws -> String {
    try #require(try markdown(arms).first { $0.hasPrefix("| \(name) |") })
  }

  private func notes(_ name: String, _ arms: SyntheticStudy.Arm...) throws -> String {
    let row = try #require(try markdown(arms).first { $0.hasPrefix("| \(name) |") })
    return row.split(separator: "|", omittingEmptySubsequences: false).dropLast().last?
      .trimmingCharacters(in: .whitespaces) ?? ""
  }

  @Test func armsTrainedAlikeAreJudged() throws {
    #expect(try verdict(Self.pruned("a"), Self.pruned("b", .random)) == "does not hold")
    #expect(
      try verdict(Self.pruned("a") { $0.results["weights-pruned-achieved"] = 2686 }, Self.pruned("b"))
        == "does not hold")
  }

  @Test func lengthOfTrainingIsNotJudged() throws {
    #expect(
      try verdict(Self.pruned("a") { $0.epochs = 12 }, Self.pruned("b")) == "not comparable: epochs 12 and 6")
    #expect(
      try verdict(Self.pruned("a", .iterativeMagnitude(rounds: 4, rewindEpochs: 0.5)), Self.pruned("b"))
        == "not comparable: epochs 28 in 5 trainings and 6")
    #expect(try verdict(Self.dense, Self.pruned("b") { $0.epochs = 12 }) == "not comparable: epochs 6 and 12")
  }

  @Test func layersStartAndSparsityAreNotJudged() throws {
    let policy = LayerPolicy(prunesStem: false, prunesDepthwise: true, prunesClassifier: false)
    #expect(
      try verdict(Self.pruned("a") { $0.policy = policy }, Self.pruned("b"))
        == "not comparable: pruned layers all but stem, classifier and every layer")
    #expect(
      try verdict(Self.pruned("a") { $0.start = "dense" }, Self.pruned("b"), Self.dense)
        == "not comparable: start from those of `dense` and new weights")
    #expect(
      try verdict(Self.pruned("a") { $0.results["weights-pruned-achieved"] = 2640 }, Self.pruned("b"))
        == "not comparable: achieved sparsity 88.00 % and 90.00 %")
    #expect(
      try verdict(Self.pruned("a", sparsity: 0.5) { $0.epochs = 3 }, Self.pruned("b"))
        == "not comparable: epochs 3 and 6; achieved sparsity 50.00 % and 90.00 %")
  }

  @Test func halfAPointOfSparsityIsAllowed() throws {
    func verdict(_ count: Double) throws -> String {
      try self.verdict(Self.pruned("a") { $0.results["weights-pruned-achieved"] = count }, Self.pruned("b"))
    }
    #expect(try verdict(2685) == "does not hold")
    #expect(try verdict(2684) == "not comparable: achieved sparsity 89.47 % and 90.00 %")
  }

  @Test func otherWeightsAreComparedOverAllWeights() throws {
    let totals = ["weights-total": 4000.0, "weights-zero-total": 2700]
    func verdict(_ change: [String: Double]) throws -> String {
      try self.verdict(
        Self.pruned("a") { $0.results = totals.merging(change) { $1 } }, Self.pruned("b") { $0.results = totals })
    }
    let fewer = ["weights-prunable": 2900.0]
    #expect(try verdict(fewer) == "does not hold")
    #expect(
      try verdict(fewer.merging(["weights-zero-total": 2600]) { $1 })
        == "not comparable: sparsity of all weights 65.00 % and 67.50 %")
  }

  @Test func channelsAreNotComparedWithWeights() throws {
    let channels: (inout SyntheticStudy.Arm) -> Void = {
      $0.structure = .channels(minimum: 1, multiple: 1)
      $0.results = ["channels-prunable": 100, "channels-pruned-achieved": 90]
    }
    #expect(
      try verdict(Self.pruned("a", .fpgm, channels), Self.pruned("b"))
        == "not comparable: sparsity of channels and weights")
    #expect(try verdict(Self.pruned("a", .fpgm, channels), Self.pruned("b", .l1Norm, channels)) == "does not hold")
    #expect(
      try verdict(
        Self.pruned("a", .fpgm, channels),
        Self.pruned("b", .l1Norm) {
          channels(&$0)
          $0.results["channels-pruned-achieved"] = 80
        }) == "not comparable: achieved sparsity 90.00 % and 80.00 %")
  }

  @Test func denseNetworksHaveNoSparsityToCompare() throws {
    #expect(try verdict(Self.dense, Self.pruned("b")) == "holds")
    let policy = LayerPolicy(prunesStem: false, prunesDepthwise: true, prunesClassifier: true)
    #expect(try verdict(Self.dense, Self.pruned("b") { $0.policy = policy }) == "holds")
  }

  @Test func tableSaysWhatSetsAnArmApart() throws {
    let policy = LayerPolicy(prunesStem: true, prunesDepthwise: false, prunesClassifier: true)
    let (b, c) = (Self.pruned("b", .random), Self.pruned("c", .oneShot))
    #expect(try notes("b", Self.pruned("a") { $0.epochs = 12 }, b, c) == "")
    #expect(try notes("a", Self.pruned("a") { $0.epochs = 12 }, b, c) == "epochs 12, others 6")
    #expect(
      try notes("a", Self.dense, Self.pruned("a") { $0.epochs = 12 }, b, c)
        == "epochs 12, others 6; no dense arm is trained alike")
    #expect(
      try notes("a", Self.pruned("a") { $0.policy = policy }, b, c)
        == "pruned layers all but depthwise, others every layer")
    #expect(
      try notes("a", Self.dense, Self.pruned("a") { $0.start = "dense" }, b, c)
        == "start from those of `dense`, others new weights; no dense arm is trained alike")
    #expect(
      try notes(
        "a",
        Self.pruned("a", .str(initial: -5, decay: 1e-4)) {
          $0.results = ["weights-pruned-achieved": 2550, "search-trials": 4]
        }, b, c)
        == "sparsity 85.00 %, asked for 90.00 %; searched in 4 trainings a run")
  }

  @Test func differencesAreTakenToTheDenseArmThatIsTrainedAlike() throws {
    let tuned = SyntheticStudy.Arm(
      name: "dense-tuned", method: .dense, sparsity: 0, top1: [0.72, 0.73], start: "dense")
    #expect(
      try row("a", Self.dense, tuned, Self.pruned("a") { $0.start = "dense" })
        .contains("| -12.00 to dense-tuned | [-12.00, -12.00] | – |  |"))
    #expect(
      try row("a", Self.dense, Self.pruned("a") { $0.epochs = 12 }).contains("| – | – | – | no dense arm"))
  }

  @Test func tableOfSeveralStructuresNamesThem() throws {
    let groups = Self.pruned("b", .asp, sparsity: 0.5) { $0.structure = .groups(keeping: 2, of: 4) }
    let lines = try markdown([Self.dense, Self.pruned("a"), groups])
    #expect(lines.contains { $0.hasPrefix("| configuration | structure | published top-1 (%) |") })
    #expect(lines.contains { $0.hasPrefix("| dense | – | – | 70.50") })
    #expect(lines.contains { $0.hasPrefix("| a | unstructured | – | 60.50") })
    #expect(lines.contains { $0.hasPrefix("| b | 2:4 | – | 60.50") })
  }

  @Test func channelsCountInShrunkNetworksAndAllWeightsWhereKnown() throws {
    let arm = Self.pruned("a", .fpgm, sparsity: 0.5) {
      $0.structure = .channels(minimum: 1, multiple: 1)
      $0.results = [
        "channels-prunable": 200, "channels-pruned-achieved": 100, "macs-shrunk": 15_000, "parameters-shrunk": 775,
        "weights-total": 4000, "weights-zero-total": 3000,
      ]
    }
    let lines = try markdown([Self.dense, arm])
    #expect(
      lines.contains {
        $0.hasPrefix(
          "| configuration | published top-1 (%) | reproduced top-1 (%) | n | achieved sparsity (%) | sparsity of all "
            + "weights (%) | MACs left (%) | parameters left (%) |")
      })
    #expect(lines.contains { $0.hasPrefix("| a | – | 60.50 ± 0.71 | 2 | 50.00 | 75.00 | 30.00 | 25.00 |") })
    #expect(
      lines.contains {
        $0.contains(
          "Where channels are pruned, the achieved sparsity is of channels, and MACs and parameters left are those of "
            + "the network without them.")
      })
  }

  @Test func searchesAreShownTrainingByTraining() throws {
    let arm = Self.pruned("a", .str(initial: -5, decay: 1e-4)) {
      $0.top1 = [0.6]
      $0.search = KnobSearch(tolerance: 0.005, trials: 8)
      $0.trials = [(-5, 0.85, 0.62), (-4.5, 0.902, 0.6)]
    }
    let lines = try markdown([arm])
    let start = try #require(lines.firstIndex { $0.hasPrefix("**Search trials.**") })
    #expect(
      Array(lines[start..<(start + 5)]) == [
        "**Search trials.** The sparsity of these methods is an outcome: they were trained again with other values of one "
          + "knob. A search ends within 0.5 points of the target or 8 trainings. The training closest to the target is "
          + "the one that counts; its accuracy plays no part.",
        "| configuration | replicate | trial | knob | value | sparsity (%) | off target (points) | top-1 (%) |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |",
        "| a | 0 | 1 | initial | -5 | 85.00 | -5.00 | 62.00 |",
        "| a | 0 | 2 | initial | -4.5 | 90.20 | +0.20 | 60.00 |",
      ])
    #expect(try !markdown([Self.pruned("a")]).contains { $0.contains("Search trials") })
  }

  @Test func publishedValuesKeepToTheirStructure() throws {
    func published(_ structure: String, _ sparsity: Double) -> Plan.Published {
      Plan.Published(
        model: "M", dataset: "D", method: "gmp", structure: structure, sparsity: sparsity, value: 70, source: "s",
        note: "")
    }
    let study = SyntheticStudy(
      arms: [Self.pruned("a", sparsity: 0.5) { $0.structure = .groups(keeping: 2, of: 4) }],
      elements: [.published(published("unstructured", 0.5)), .published(published("2:4", 0.5))])
    #expect(Comparison(of: study.plan.arms[0], in: study.data).published == [published("2:4", 0.5)])
  }
}
