import Planning
import StudyKit
import Testing
import Training

/// Studies of networks that read text: what they may say, and what becomes of it.
@Suite struct TextStudyTests {
  private static let recipe = Recipe(
    batch: 32, optimizer: .adamW(weightDecay: 0.01, on: .weightsOnly),
    learningRate: .linear(peak: 1e-4, warmup: .share(0.1)), labelSmoothing: 0, augmentation: .unchanged,
    layers: .encoderOnly, budget: .global(cap: 0.99), gradientNormLimit: 1,
    tokens: .init(maximumLength: 64, perBatch: 2048))

  private static let taught = Arm(
    "pdp", .pdp(temperature: 1e-4), .unstructured(0.9), distilling: Distillation(from: "dense"), line: 21)

  private func study(
    task: LearningTask = .text(pooling: .mean), arms: [Arm] = [taught, Arm("dense", .dense, line: 20)],
    parts: [Part] = [], recipe change: (inout Recipe) -> Void = { _ in },
    profile changeProfile: (inout StudyKit.Profile) -> Void = { _ in }
  ) -> Study {
    var recipe = Self.recipe
    change(&recipe)
    var profile = StudyKit.Profile(
      .quick, data: .movieSnippets, model: .encoder("minilm-l6"), epochs: 3,
      schedule: Schedule(warmup: .share(0.1), ramp: .share(0.5)), replicates: 2, evaluateEvery: 1, line: 7)
    changeProfile(&profile)
    var study = Study(
      "demo", title: "T", question: "Q?", countsAsYes: "Y", task: task, recipe: recipe, profiles: [profile]
    ) {}
    study.parts = arms.map { .arm($0) } + parts
    return study
  }

  private func plan(_ study: Study) throws -> Plan {
    try Planner(datasets: Facts.all, encoders: Facts.encoders).plan(Studies.document(study), profile: .quick)
  }

  private func message(_ study: Study) throws -> String {
    do { _ = try plan(study) } catch { return "\(error)" }
    return "no error"
  }

  private func faults(_ study: Study) -> [String] {
    StudyValidation.faults(in: study, fileName: "demo").map(\.description)
  }

  @Test func configurationIsComplete() throws {
    let study = study()
    #expect(faults(study) == [])
    let plan = try plan(study)
    let spec = try #require(plan.specs[plan.arms[0].spec])
    #expect(
      try spec.canonicalText == """
        {"data":{"augmentation":{"cropPadding":0,"flipsHorizontally":false},"dataset":"movie-snippets",\
        "fingerprint":"5a1d","text":{"maximumLength":64,"tokensPerBatch":2048}},"model":{"encoder":"minilm-l6",\
        "fingerprint":"61e7","isCut":false,"lowercases":true,"network":{"encoder":{"dropout":0.1,"epsilon":1e-12,\
        "heads":12,"hiddenSize":384,"intermediateSize":1536,"layers":6,"positions":512,"tokenTypes":2,\
        "vocabularySize":30522},"outputs":2,"pooling":"mean"}},"profile":"quick","pruning":{"budget":{"cap":0.99,\
        "rule":"global"},"eligibility":"all-convolution-and-linear-weights","method":{"pdp":{"temperature":{"absolute":\
        {"_0":0.0001}}}},"policy":{"prunesClassifier":false,"prunesDepthwise":false,"prunesStem":false},\
        "schedule":{"rampEpochs":1.5,"warmupEpochs":0.30000000000000004},"sparsity":0.9,"structure":{"unstructured":{}}},\
        "schema":1,"teacher":"\(plan.arms[1].spec)","training":{"batchSize":32,"distillation":{"taskWeight":0.05,\
        "teacherWeight":0.95,"temperature":2.0},"epochs":3,"evaluationInterval":1,"gradientNormLimit":1.0,\
        "labelSmoothing":0.0,"learningRate":{"linear":{"peak":0.0001,"warmupEpochs":0.30000000000000004}},\
        "optimizer":{"adamW":{"_0":{"beta1":0.9,"beta2":0.999,"decayScope":"weights-only","epsilon":1e-08,\
        "weightDecay":0.01}}}}}
        """)
    #expect(spec.datasets == ["movie-snippets", "minilm-l6"])
  }

  @Test func theTeacherComesFirstAndOnceAReplicate() throws {
    let plan = try plan(study())
    let (pupil, teacher) = (plan.arms[0], plan.arms[1])
    #expect(plan.runs.map(\.id) == [teacher.runs[0], pupil.runs[0], teacher.runs[1], pupil.runs[1]])
    #expect(plan.runs.map(\.needs) == [nil, [teacher.runs[0]], nil, [teacher.runs[1]]])
  }

  @Test func whatIsMadeForImagesIsRefused() {
    #expect(
      faults(
        study(
          recipe: {
            $0.tokens = nil
            $0.augmentation = .cropAndFlip(padding: 4)
            $0.layers = .everyLayer
          }, profile: { $0.model = .smallImages(width: 1) })
      ) == [
        "line 7: profile 'quick' has a network for images, but the study's networks read text: expected "
          + ".encoder(\"minilm-l6\")",
        "line 7: profile 'quick' has no tokens in its recipe, but the study's networks read text: expected "
          + "'tokens: .init(maximumLength: 64)' or the like",
        "line 7: profile 'quick' has an augmentation of images, but the study's networks read text: expected .unchanged",
        "line 7: profile 'quick' has a layer policy for images, but the study's networks read text: expected "
          + ".encoderOnly: what is pruned are the encoder's linear maps",
      ])
  }

  @Test func whatIsMadeForTextIsRefused() {
    #expect(
      faults(study(task: .imageClassification(.resNet18), recipe: { $0.layers = .everyLayer })) == [
        "line 7: profile 'quick' has an encoder as its network, but the study's networks read images: expected "
          + ".smallImages(width: …) or .imageNet(width: …)",
        "line 7: profile 'quick' has tokens in its recipe, but the study's networks read images: expected none; leave "
          + "them out",
        "line 21: arm 'pdp' has a teacher, but the study's networks read images: expected none; leave 'distilling' out",
      ])
  }

  @Test(arguments: [Method.synFlow(), .slimming(penalty: 1e-4), .fpgm, .hRank(examples: 8), .chip(examples: 8)])
  func methodsOfConvolutionsAreRefused(method: Method) {
    let structure: Structure = method == .synFlow() ? .unstructured(0.5) : .channels(0.5)
    let found = faults(study(arms: [Arm("dense", .dense), Arm("a", method, structure, line: 30)]))
    #expect(found.count == 1)
    #expect(found[0].contains("has no meaning for networks that read text: expected another method"))
  }

  @Test func teachersHaveToBeThereAndWeighSomething() {
    func fault(_ distillation: Distillation) -> [String] {
      faults(
        study(arms: [
          Arm("dense", .dense, line: 20),
          Arm("a", .gmp, .unstructured(0.5), distilling: distillation, line: 30),
        ]))
    }
    #expect(
      fault(Distillation(from: "dens")) == ["line 30: arm 'a' learns from an unknown arm 'dens'; did you mean 'dense'?"]
    )
    #expect(fault(Distillation(from: "a")) == ["line 30: arm 'a' learns from itself: expected another arm"])
    #expect(
      fault(Distillation(from: "dense", teacher: 0, task: 0)) == [
        "line 30: arm 'a' has weights of teacher and task 0.0 and 0.0: expected one of them above 0"
      ])
    #expect(
      fault(Distillation(from: "dense", teacher: 1.5, temperature: 0)) == [
        "line 30: arm 'a' has teacher's weight 1.5: expected a fraction from 0 to 1",
        "line 30: arm 'a' has distillation temperature 0.0: expected a number above 0",
      ])
  }

  @Test func labelsAreNotSmoothedBesideATeacher() {
    #expect(
      faults(study(recipe: { $0.labelSmoothing = 0.1 })) == [
        "line 21: arm 'pdp' has a teacher at profile 'quick' and label smoothing 0.1: expected 0, since the teacher's "
          + "results are smooth"
      ])
  }

  @Test func tokensHaveToBeEnough() {
    #expect(
      faults(study(recipe: { $0.tokens = .init(maximumLength: 2, perBatch: 1) })).map { $0.split(separator: ":")[0] }
        == [
          "the study's recipe has maximumLength 2", "the study's recipe has tokens a batch 1",
        ])
  }

  @Test func encodersThatAreNotThereOrTooSmallAreNamed() throws {
    #expect(
      try message(study(profile: { $0.model = .encoder("minilm-l12") }))
        == "encoder 'minilm-l12' of profile 'quick' is unknown; did you mean 'minilm-l6'?")
    #expect(
      try message(study(profile: { $0.model = .encoder("minilm-l6", layers: 7) }))
        == "encoder 'minilm-l6' has 6 layers: expected at most as many in profile 'quick', got 7")
    #expect(
      try message(study(recipe: { $0.tokens = .init(maximumLength: 513) }))
        == "texts of 513 tokens are too long for encoder 'minilm-l6' of profile 'quick': expected at most its 512 "
        + "positions; lower the recipe's maximumLength")
    #expect(
      try message(study(profile: { $0.data = .cifar10Subset }))
        == "data set 'cifar10-10k' of profile 'quick' holds images, but the study's networks read text: name another "
        + "data set")
  }

  @Test func tablesAndClaimsThatTheDataDoNotMeasureBecomeSentences() throws {
    let plan = try plan(
      study(parts: [
        .table(Table("F1", show: .f1)), .table(Table("Accuracy", show: .top1)),
        .claim(Claim("PDP wins", "pdp", beats: "dense", on: .pearson)),
      ]))
    #expect(
      plan.elements.compactMap(\.text).suffix(2) == [
        "*F1: not measured at the quick profile, whose data are `movie-snippets`.*",
        "*Not judged at the quick profile, whose data `movie-snippets` do not measure it: PDP wins.*",
      ])
    #expect(plan.elements.filter(\.isTable).count == 1)
  }
}
