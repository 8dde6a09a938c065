import Foundation
import Networks
import Planning
import Pruning
import StudyKit
import Testing
import Training

/// Arms that start from others or take over their budgets, and what arms may say for themselves.
@Suite struct DependencyPlanTests {
  private func plan(
    recipe change: (inout Recipe) -> Void = { _ in }, epochs: Int? = nil, _ parts: [Part]
  ) throws -> Plan {
    var recipe = Studies.recipe
    change(&recipe)
    var profile = Studies.quick
    if let epochs { profile.epochs = epochs }
    return try Planner(datasets: Facts.all)
      .plan(Studies.document(Studies.study(recipe: recipe, profiles: [profile], parts: parts)), profile: .quick)
  }

  private func pruning(_ arm: Arm, recipe change: (inout Recipe) -> Void = { _ in }) throws -> String {
    let plan = try plan(recipe: change, [.arm(Arm("dense", .dense)), .arm(arm)])
    let text = try #require(plan.specs[plan.arms[1].spec]).canonicalText
    let start = try #require(text.range(of: #""pruning":"#)).upperBound
    let end = try #require(text.range(of: #","schema""#)).lowerBound
    return String(text[start..<end])
  }

  private static let tuned = Part.arm(Arm("tuned", .oneShot, .unstructured(0.9), from: "dense"))
  private static let transferred = Part.arm(
    Arm("transferred", .gmp, .unstructured(0.9), budget: .transferred(from: "tuned")))
  private static let dense = Part.arm(Arm("dense", .dense))

  @Test func neededRunsComeFirstWithinTheirReplicate() throws {
    let plan = try plan([Self.transferred, Self.tuned, Self.dense])
    #expect(plan.arms.map(\.name) == ["transferred", "tuned", "dense"])
    let (transferred, tuned, dense) = (plan.arms[0], plan.arms[1], plan.arms[2])
    #expect(
      plan.runs.map(\.id) == [
        dense.runs[0], tuned.runs[0], transferred.runs[0], dense.runs[1], tuned.runs[1], transferred.runs[1],
      ])
    #expect(plan.runs.map(\.replicate) == [0, 0, 0, 1, 1, 1])
    #expect(plan.runs.prefix(3).map(\.needs) == [nil, [dense.runs[0]], [tuned.runs[0]]])
    #expect(plan.runs.suffix(3).map(\.needs) == [nil, [dense.runs[1]], [tuned.runs[1]]])
    #expect(plan.specs[tuned.spec]?.start == dense.spec)
    #expect(plan.specs[tuned.spec]?.budgetSource == nil)
    #expect(plan.specs[transferred.spec]?.budgetSource == tuned.spec)
    #expect(plan.specs[dense.spec]?.sources == [])
    #expect(try Plan.read(from: plan.write(toDirectory: StudyFixture().workspace)) == plan)
  }

  @Test func orderOfTheFileDoesNotChangeIdentities() throws {
    let forth = try plan([Self.dense, Self.tuned, Self.transferred])
    let back = try plan([Self.transferred, Self.tuned, Self.dense])
    #expect(Set(forth.runs.map(\.id)) == Set(back.runs.map(\.id)))
  }

  @Test func sourceIsPartOfAConfigurationAndItsNameIsNot() throws {
    let own = try plan([Self.dense, .arm(Arm("tuned", .oneShot, .unstructured(0.9)))])
    let started = try plan([Self.dense, Self.tuned])
    let renamed = try plan([
      .arm(Arm("base", .dense)), .arm(Arm("tuned", .oneShot, .unstructured(0.9), from: "base")),
    ])
    let longer = try plan([
      .arm(Arm("dense", .dense, epochs: .times(2))), Self.tuned,
    ])
    #expect(own.arms[1].spec != started.arms[1].spec)
    #expect(started.arms[1].spec == renamed.arms[1].spec)
    #expect(started.arms[1].spec != longer.arms[1].spec)
    let text = try #require(started.specs[started.arms[1].spec]).canonicalText
    #expect(text.contains(#""schema":1,"start":"\#(started.arms[0].spec)","training":"#))
    #expect(!text.contains("budgetSource"))
  }

  @Test func armThatNeedsOneRunTwiceNeedsItOnce() throws {
    let plan = try plan([
      .arm(Arm("gmp", .gmp, .unstructured(0.9))),
      .arm(Arm("a", .gmp, .unstructured(0.9), from: "gmp", budget: .transferred(from: "gmp"))),
    ])
    #expect(plan.runs[1].needs == [plan.runs[0].id])
    let spec = try #require(plan.specs[plan.arms[1].spec])
    #expect(spec.start == spec.budgetSource)
  }

  @Test func denseArmTakesNoBudgetFromTheRecipe() throws {
    let plan = try plan(
      recipe: { $0.budget = .transferred(from: "gmp") },
      [
        Self.dense, .arm(Arm("gmp", .gmp, .unstructured(0.9), budget: .uniform(cap: 0.98))),
        .arm(Arm("a", .gmp, .unstructured(0.8))),
      ])
    #expect(plan.runs.prefix(3).map(\.needs) == [nil, nil, [plan.arms[1].runs[0]]])
  }

  @Test func closureHoldsWhatIsNeededInOrder() throws {
    let plan = try plan([Self.transferred, Self.tuned, Self.dense])
    let last = try #require(plan.runs.last)
    #expect(plan.withNeeds([last]).map(\.id) == plan.runs.suffix(3).map(\.id))
    #expect(plan.withNeeds([]) == [])
    #expect(plan.withNeeds(plan.runs) == plan.runs)
  }

  @Test func lengthsAreThoseOfTheProfileTimesTheArms() throws {
    let schedule = Schedule(warmup: .share(0.1), ramp: .epochs(3))
    let plan = try plan(
      [
        Self.dense, .arm(Arm("a", .gmp, .unstructured(0.9), epochs: .times(2.5))),
        .arm(Arm("b", .gmp, .unstructured(0.9), epochs: .times(2), schedule: schedule)),
        .arm(Arm("c", .dense, epochs: .times(0.001))),
        .arm(Arm("d", .iterativeMagnitude(rounds: 3, rewind: .share(0.1)), .unstructured(0.9), epochs: .times(2))),
      ])
    let specs = try plan.arms.map { try #require(plan.specs[$0.spec]) }
    #expect(specs.map(\.training.epochs) == [10, 25, 20, 1, 20])
    #expect(specs.map(\.pruning.schedule.warmupEpochs) == [0, 5, 2, 0, 4])
    #expect(specs.map(\.pruning.schedule.rampEpochs) == [0, 4, 3, 0, 4])
    #expect(specs[1].training.learningRate == .cosine(peak: 0.1, warmupEpochs: 1.25))
    #expect(specs[4].pruning.method == .iterativeMagnitude(rounds: 3, rewindEpochs: 2))
  }

  @Test func wordsBecomeConfigurations() throws {
    #expect(
      try pruning(
        Arm(
          "a", .str(initial: -5, decay: 1e-4), .unstructured(0.9),
          budget: .global(
            cap: 0.98, floor: 0.1, isNormalized: true, .layer("features.*.0.weight", .dense),
            .layer("classifier.*", .sparsity(0.5)), .layer("x", .cap(0.5)), .layer("y", .floor(0.5))),
          search: Search(tolerance: 0.005, trials: 8)),
        recipe: { $0.layers = StudyKit.LayerPolicy(stem: .dense, depthwise: .pruned, classifier: .dense) }) == """
          {"budget":{"cap":0.98,"floor":0.1,"isNormalized":true,"layers":[{"pattern":"features.*.0.weight",\
          "treatment":{"dense":{}}},{"pattern":"classifier.*","treatment":{"sparsity":{"_0":0.5}}},{"pattern":"x",\
          "treatment":{"cap":{"_0":0.5}}},{"pattern":"y","treatment":{"floor":{"_0":0.5}}}],"rule":"global"},\
          "eligibility":"all-convolution-and-linear-weights","method":{"str":{"decay":0.0001,"initial":-5.0}},\
          "policy":{"prunesClassifier":false,"prunesDepthwise":true,"prunesStem":false},\
          "schedule":{"rampEpochs":4.0,"warmupEpochs":2.0},"search":{"tolerance":0.005,"trials":8},"sparsity":0.9,\
          "structure":{"unstructured":{}}}
          """)
    #expect(
      try pruning(
        Arm(
          "a", .pdp(temperature: .relative(kappa: 0.05), threshold: .attached), .groups(keeping: 1, of: 4),
          budget: .erk(cap: 1))) == """
          {"budget":{"cap":1.0,"rule":"erk"},"eligibility":"all-convolution-and-linear-weights",\
          "method":{"pdp":{"temperature":{"relative":{"_0":0.05}},"threshold":"attached"}},\
          "schedule":{"rampEpochs":4.0,"warmupEpochs":2.0},"sparsity":0.75,"structure":{"groups":{"keeping":1,"of":4}}}
          """)
  }

  @Test func structuresHaveNamesAndSparsities() throws {
    let plan = try plan([
      .arm(Arm("a", .asp, .groups(keeping: 2, of: 4))), .arm(Arm("b", .dnw, .blocks(size: 4, 0.8))),
      .arm(Arm("c", .fpgm, .channels(0.4, minimum: 2, multiple: 8))), .arm(Arm("d", .dense)),
      .published(Published("M", on: "D", "asp", .groups(keeping: 2, of: 4), top1: 70, source: "s")),
      .published(Published("M", on: "D", "fpgm", .channels(0.4), top1: 70, source: "s")),
      .published(Published("M", on: "D", "dense", top1: 71, source: "s")),
    ])
    #expect(plan.arms.map(\.structure) == ["2:4", "1x4", "channel", "unstructured"])
    #expect(plan.arms.map(\.sparsity) == [0.5, 0.8, 0.4, 0])
    #expect(plan.specs[plan.arms[2].spec]?.pruning.structure == .channels(minimum: 2, multiple: 8))
    let published = plan.elements.compactMap { element -> Plan.Published? in
      if case .published(let value) = element { value } else { nil }
    }
    #expect(published.map(\.structure) == ["2:4", "channel", "unstructured"])
    #expect(published.map(\.sparsity) == [0.5, 0.4, 0])
  }

  @Test func optimizersAndRatesBecomeConfigurations() throws {
    func training(_ change: (inout Recipe) -> Void) throws -> String {
      let plan = try plan(recipe: change, [Self.dense])
      let text = try #require(plan.specs[plan.arms[0].spec]).canonicalText
      return String(text[try #require(text.range(of: #""training":"#)).upperBound...].dropLast())
    }
    #expect(
      try training {
        $0.optimizer = .adamW(weightDecay: 0.01, on: .weightsOnly)
        $0.learningRate = .step(peak: 0.1, warmup: .share(0.1), milestones: [.share(0.5), .epochs(8)], factor: 0.2)
        $0.gradientNormLimit = 1
        $0.averaging = Averaging(decay: 0.99, warmsUp: true)
      } == """
        {"averaging":{"decay":0.99,"warmsUp":true},"batchSize":100,"epochs":10,"evaluationInterval":2,\
        "gradientNormLimit":1.0,"labelSmoothing":0.0,"learningRate":{"step":{"factor":0.2,"milestoneEpochs":[5.0,8.0],\
        "peak":0.1,"warmupEpochs":1.0}},"optimizer":{"adamW":{"_0":{"beta1":0.9,"beta2":0.999,\
        "decayScope":"weights-only","epsilon":1e-08,"weightDecay":0.01}}}}
        """)
    #expect(
      try training {
        $0.optimizer = .adam(beta1: 0.8, weightDecay: 0, on: .allParameters)
        $0.learningRate = .polynomial(peak: 0.1, warmup: .epochs(0), power: 2)
      }.contains(#""learningRate":{"polynomial":{"peak":0.1,"power":2.0,"warmupEpochs":0.0}},"optimizer":{"adam":"#))
    #expect(
      try training { $0.learningRate = .linear(peak: 0.1, warmup: .epochs(0)) }
        .contains(#""learningRate":{"linear":{"peak":0.1,"warmupEpochs":0.0}}"#))
  }
}
