import Planning
import StudyKit
import Testing

@Suite struct PlannerTests {
  private let planner = Planner(datasets: Facts.all)

  private func message(_ study: Study, profile: Planning.Profile = .quick) throws -> String {
    let error = #expect(throws: PlanningError.self) { try planner.plan(Studies.document(study), profile: profile) }
    return try #require(error).description
  }

  private func study(data: DataSource, batch: Int = 100, model: StudyKit.Profile.ModelSize? = nil) -> Study {
    var profile = Studies.quick
    profile.data = data
    if let model { profile.model = model }
    var recipe = Studies.recipe
    recipe.batch = batch
    return Studies.study(recipe: recipe, profiles: [profile])
  }

  @Test func runsAreOrderedByReplicateThenArm() throws {
    let study = Studies.study(parts: [
      .arm(Arm("dense", .dense)), .arm(Arm("gmp", .gmp, .unstructured(0.9))),
    ])
    let plan = try planner.plan(Studies.document(study), profile: .quick)
    #expect(plan.runs.map(\.replicate) == [0, 0, 1, 1])
    #expect(plan.arms.map(\.runs) == [[plan.runs[0].id, plan.runs[2].id], [plan.runs[1].id, plan.runs[3].id]])
    #expect(plan.arms.map(\.sparsity) == [0, 0.9])
    #expect(plan.arms.map(\.method) == ["dense", "gmp"])
    #expect(Set(plan.runs.map(\.id)).count == 4)
    #expect(plan.specs.count == 2)
  }

  @Test func armsShareTheSeedOfAReplicate() throws {
    let study = Studies.study(parts: [
      .arm(Arm("dense", .dense)), .arm(Arm("gmp", .gmp, .unstructured(0.9))),
    ])
    let seeds = try planner.plan(Studies.document(study), profile: .quick).runs.map(\.seed)
    #expect(seeds[0] == seeds[1])
    #expect(seeds[2] == seeds[3])
    #expect(seeds[0] != seeds[2])
    #expect(seeds.allSatisfy { $0 <= UInt64(Int64.max) })
  }

  @Test func equalConfigurationsShareTheirRuns() throws {
    let study = Studies.study(parts: [
      .arm(Arm("a", .gmp, .unstructured(0.9))), .arm(Arm("b", .gmp, .unstructured(0.9))),
    ])
    let plan = try planner.plan(Studies.document(study), profile: .quick)
    #expect(plan.runs.count == 2)
    #expect(plan.specs.count == 1)
    #expect(plan.arms[0].runs == plan.arms[1].runs)
    #expect(plan.arms[0].runs == plan.runs.map(\.id))
  }

  @Test func namesProseAndWarningsDoNotChangeARunsIdentity() throws {
    let first = Studies.study(parts: [.arm(Arm("a", .gmp, .unstructured(0.9), line: 3)), .text(Text("x"))])
    let second = Studies.study(parts: [.text(Text("y")), .arm(Arm("b", .gmp, .unstructured(0.9), line: 9))])
    let plans = try [first, second].map { try planner.plan(Studies.document($0), profile: .quick) }
    #expect(plans[0].runs == plans[1].runs)
    #expect(plans[0].id != plans[1].id)
  }

  @Test func studiesWithDifferentSeedsShareConfigurationsButNotRuns() throws {
    let plans = try [Studies.study(), Studies.study("other"), Studies.study(seed: 1), Studies.study("other", seed: 1)]
      .map { try planner.plan(Studies.document($0), profile: .quick) }
    #expect(Set(plans.map { $0.arms[0].spec }).count == 1)
    #expect(Set(plans.map { $0.runs[0].id }).count == 3)
    #expect(plans[2].runs == plans[3].runs)
  }

  @Test func denseRunIsTheSameUnderEverySchedule() throws {
    var profile = Studies.quick
    profile.schedule = Schedule(warmup: .epochs(0), ramp: .epochs(1))
    let plans = try [Studies.study(), Studies.study(profiles: [profile])].map {
      try planner.plan(Studies.document($0), profile: .quick)
    }
    #expect(plans[0].runs == plans[1].runs)
  }

  @Test func rangeOfReplicatesReplacesTheProfiles() throws {
    let document = Studies.document(Studies.study())
    let plan = try planner.plan(document, profile: .quick, replicates: 1...4)
    let declared = try planner.plan(document, profile: .quick)
    #expect(plan.runs.map(\.replicate) == [1, 2, 3, 4])
    #expect(plan.runs[0] == declared.runs[1])
    let error = #expect(throws: PlanningError.self) {
      try planner.plan(document, profile: .quick, replicates: -1...2)
    }
    #expect(error?.description == "replicates -1..2 are out of range: expected numbers from 0 to 9999")
  }

  @Test func undeclaredProfileListsTheDeclaredOnes() throws {
    #expect(
      try message(Studies.study(), profile: .paper)
        == "profile 'paper' is not declared by study 'demo': expected one of quick")
  }

  @Test func unknownDatasetNamesTheNearest() throws {
    #expect(
      try message(study(data: DataSource(named: "cifar10-1k")))
        == "data set 'cifar10-1k' of profile 'quick' is unknown; did you mean 'cifar10-10k'?")
    #expect(
      try message(study(data: DataSource(named: "svhn")))
        == "data set 'svhn' of profile 'quick' is unknown: expected one of fashion-mnist, cifar10-10k, imagenet, "
        + "movie-snippets, vitaminc, glue-mnli, glue-qqp")
  }

  @Test func limitsAndBatchFitTheDataset() throws {
    #expect(
      try message(study(data: .cifar10Subset.limited(training: 8001, evaluation: 10)))
        == "data set 'cifar10-10k' has 8000 training examples: expected at least the 8001 of the study's limit; lower it"
    )
    #expect(
      try message(study(data: .cifar10Subset.limited(training: 8000, evaluation: 2001)))
        == "data set 'cifar10-10k' has 2000 evaluation examples: expected at least the 2001 of the study's limit; "
        + "lower it")
    #expect(
      try message(study(data: .cifar10Subset.limited(training: 99, evaluation: 10)))
        == "a batch of 100 is larger than the 99 training examples of data set 'cifar10-10k': expected at most as many; "
        + "lower it")
    #expect(
      try message(study(data: .imageNet))
        == "images [224, 224] of data set 'imagenet' do not fit the model: expected small images up to [64, 64] with "
        + ".smallImages; use .imageNet")
  }

  /// Moments in epochs are rounded up to whole steps: what ends within the last step is not over before training is.
  @Test func armThatEndsWithinItsLastStepIsRefused() throws {
    func study(_ method: Method, ramp: Double) -> Study {
      let schedule = Schedule(warmup: .epochs(2), ramp: .epochs(ramp))
      return Studies.study(parts: [.arm(Arm("late", method, .unstructured(0.9), schedule: schedule))])
    }
    func refusal(_ ramp: Double) -> String {
      "arm 'late' cannot run at profile 'quick', whose epochs have 80 steps: pruning schedule ends below its target: "
        + "2.0 epochs of warm-up and \(ramp) of ramp leave no step of 10.0 epochs at the final sparsity; shorten "
        + "them or train longer"
    }
    // 799.2 and 798.4 of 800 steps.
    #expect(try message(study(.gmp, ramp: 7.99)) == refusal(7.99))
    #expect(throws: Never.self) { try planner.plan(Studies.document(study(.gmp, ramp: 7.98)), profile: .quick) }
    // One-shot pruning happens where the ramp ends, DNW prunes from the first step on.
    #expect(try message(study(.oneShot, ramp: 7.99)) == refusal(7.99))
    #expect(throws: Never.self) { try planner.plan(Studies.document(study(.dnw, ramp: 7.99)), profile: .quick) }
    #expect(
      try message(study(.iterativeMagnitude(rounds: 2, rewind: .epochs(9.99)), ramp: 1))
        .hasPrefix("arm 'late' cannot run at profile 'quick', whose epochs have 80 steps: "))
    #expect(PlanningError.armWithoutEnd(arm: "a", profile: "p", stepsPerEpoch: 1, reason: "r").category == .study)
  }

  @Test func modelTakesChannelsAndClassesFromTheDataset() throws {
    let plan = try planner.plan(Studies.document(study(data: .fashionMNIST)), profile: .quick)
    let text = try #require(plan.specs[plan.arms[0].spec]).canonicalText
    #expect(
      text.contains(
        #""model":{"architecture":"mobilenet-v1","classes":10,"inputChannels":1,"stem":"small","width":0.25}"#))
  }

  @Test func studyTellsWhatCountsAsYesBeforeAnythingElse() throws {
    let plan = try planner.plan(Studies.document(Studies.study()), profile: .quick)
    #expect(plan.elements == [.text("**What would count as yes.** Y")])
  }

  @Test(.timeLimit(.minutes(1))) func tenThousandRunsArePlanned() throws {
    let arms = (0..<5000).map { Part.arm(Arm("gmp-\($0)", .gmp, .unstructured(Double($0) / 10_000))) }
    let plan = try planner.plan(Studies.document(Studies.study(parts: arms)), profile: .quick)
    #expect(Set(plan.runs.map(\.id)).count == 10_000)
  }
}
