import Datasets
import Foundation
import Planning
import Pruning
import Testing
import Training

/// The study files of this workspace are valid and plan as the workspace's budgets need.
@Suite struct ShippedStudiesTests {
  private static let workspace = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func document(_ slug: String) throws -> StudyDocument {
    let fixture = try StudyFixture()
    return try StudyLoader(
      workspace: Self.workspace, cacheDirectory: fixture.cache, toolchain: try StudyFixture.toolchain()
    ).load(slug)
  }

  private static let slugs = [
    "mobilenet-v1", "mobilenet-v2", "resnet18", "resnet50", "nm-resnet18", "channel-resnet50", "channel-mobilenet-v1",
    "ablations", "bert-glue", "bert-qqp",
  ]
  private static let textFigures: Set<Plan.Figure> = [.sparsityByMatrix, .sequenceLengths]

  @Test func everyStudyOfTheWorkspaceIsTested() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Self.workspace.appending(path: "studies"), includingPropertiesForKeys: nil)
    let names = files.filter { $0.pathExtension == "swift" }.map { $0.deletingPathExtension().lastPathComponent }
    #expect(names.sorted() == Self.slugs.sorted())
  }

  @Test(arguments: Self.slugs)
  func everyProfileOfAShippedStudyCanBePlanned(slug: String) throws {
    let document = try document(slug)
    let planner = try Planner(store: DatasetStore(root: Self.workspace.appending(path: "datasets")))
    #expect(document.profiles == Profile.allCases)
    for profile in Profile.allCases {
      let plan = try planner.plan(document, profile: profile)
      #expect(plan.runs.count == plan.arms.count * (profile == .smoke ? 1 : 3))
      #expect(plan.arms.first?.name == "dense")
      // That against latency is in every report whose networks were measured, and in no study.
      let figures = Set(Plan.Figure.allCases).subtracting([.accuracyVersusLatency])
      #expect(
        Set(plan.elements.compactMap(\.figure))
          == (slug.hasPrefix("bert") ? figures : figures.subtracting(Self.textFigures)))
      #expect(plan.elements.contains { $0.isTable })
    }
  }

  @Test(arguments: Self.slugs)
  func armsOfAShippedStudyDifferInNothingThatItDoesNotSay(slug: String) throws {
    let document = try document(slug)
    for profile in Profile.allCases {
      let plan = try Planner(datasets: Facts.all, encoders: Facts.encoders).plan(document, profile: profile)
      let specs = plan.arms.compactMap { plan.specs[$0.spec] }.filter { $0.pruning.method != .dense }
      #expect(Set(specs.map { "\($0.pruning.policy, default: "every layer")" }).count == 1)
      // What is learnt from besides the labels may be what an arm is about.
      func training(_ spec: RunSpec) -> TrainingConfig {
        var training = spec.training
        training.distillation = nil
        return training
      }
      #expect(specs.allSatisfy { training($0) == training(specs[0]) && $0.data == specs[0].data })
    }
  }

  @Test func smokeOfTheStudiesRunsEveryMethod() throws {
    let names = try Self.slugs.flatMap { slug in
      try Planner(datasets: Facts.all, encoders: Facts.encoders).plan(try document(slug), profile: .smoke).arms.map(
        \.method)
    }
    #expect(
      Set(names) == [
        "dense", "pdp", "gmp", "gmp-nested", "one-shot", "imp", "dnw", "ac-dc", "random", "set", "rigl", "granet",
        "str",
        "cs", "optg", "movement", "soft-movement", "snip", "grasp", "synflow", "sr-ste", "asp", "lbc", "l1-norm",
        "l2-norm", "fpgm", "slimming", "taylor", "hrank", "chip",
      ])
  }

  @Test func benchOfTable1KeepsThePublishedArms() throws {
    let plan = try Planner(datasets: Facts.all, encoders: Facts.encoders).plan(
      try document("mobilenet-v1"), profile: .bench)
    let published: Set = [
      "dense", "pdp-0.866", "gmp-nested-0.866", "gmp-0.866", "one-shot-0.866", "random-0.866", "pdp-0.95",
      "pdp-sharp-0.95", "pdp-relative-0.95", "gmp-nested-0.95",
    ]
    #expect(published.isSubset(of: plan.arms.map(\.name)))
    let arm = try #require(plan.arms.first { $0.name == "pdp-0.866" })
    let spec = try #require(plan.specs[arm.spec])
    #expect(
      try spec.canonicalText == """
        {"data":{"augmentation":{"cropPadding":4,"flipsHorizontally":true},"dataset":"cifar10-10k",\
        "fingerprint":"c1fa"},"model":{"architecture":"mobilenet-v1","classes":10,"inputChannels":3,"stem":"small",\
        "width":0.25},"profile":"bench","pruning":{"budget":{"cap":0.98,"rule":"global"},\
        "eligibility":"all-convolution-and-linear-weights","method":{"pdp":{"temperature":{"absolute":{"_0":0.0001}}}},\
        "schedule":{"rampEpochs":14.0,"warmupEpochs":6.0},"sparsity":0.866,"structure":{"unstructured":{}}},"schema":1,\
        "training":{"batchSize":100,"epochs":40,"evaluationInterval":2,"labelSmoothing":0.0,\
        "learningRate":{"cosine":{"peak":0.1,"warmupEpochs":2.0}},"optimizer":{"sgd":{"_0":{\
        "decayScope":"all-parameters","momentum":0.9,"nesterov":true,"weightDecay":0.0005}}}}}
        """)
  }

  @Test func quickOfTable1LeavesOutArmsAndSaysWhichClaimsItCannotJudge() throws {
    let plan = try Planner(datasets: Facts.all, encoders: Facts.encoders).plan(
      try document("mobilenet-v1"), profile: .quick)
    #expect(
      plan.arms.map(\.name) == [
        "dense", "pdp-0.866", "gmp-nested-0.866", "one-shot-0.866", "ac-dc-0.866", "optg-0.866-quick", "pdp-0.95",
        "gmp-nested-0.95",
      ])
    #expect(plan.runs.count == 24)
    let sentences = plan.elements.compactMap(\.text).filter { $0.hasPrefix("*Not judged") }
    #expect(
      sentences.prefix(2) == [
        "*Not judged at the quick profile, which leaves out `gmp-0.866`: PDP beats GMP at 86.6 %.*",
        "*Not judged at the quick profile, which leaves out `pdp-relative-0.95`: "
          + "A relative temperature beats an absolute one at 95 %.*",
      ])
  }
}

extension Plan.Element {
  var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  var figure: Plan.Figure? {
    guard case .figure(let figure) = self else { return nil }
    return figure
  }

  var isTable: Bool {
    if case .table = self { return true }
    return false
  }
}
