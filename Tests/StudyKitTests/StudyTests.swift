import Foundation
import StudyKit
import Testing

@Suite struct StudyTests {
  /// One of everything that a study can say.
  static let study = Study(
    "demo", title: "T", question: "Q?", countsAsYes: "Y", task: .imageClassification(.resNet18), seed: 7,
    recipe: Recipe(
      batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .weightsOnly),
      learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0.1,
      augmentation: .cropAndFlip(padding: 4),
      layers: LayerPolicy(stem: .dense, depthwise: .pruned, classifier: .dense),
      budget: .global(cap: 0.98, floor: 0.1, isNormalized: true), gradientNormLimit: 1,
      averaging: Averaging(decay: 0.999, warmsUp: true)),
    profiles: [
      Profile(
        .smoke, data: .fashionMNIST.limited(training: 1000, evaluation: 500), model: .smallImages(width: 0.25),
        epochs: 2, schedule: Schedule(warmup: .epochs(0.5), ramp: .share(0.5)), replicates: 1, evaluateEvery: 1, line: 3
      )
    ]
  ) {
    Text("prose \"quoted\"\n")
    Arm("dense", .dense, epochs: .times(2), line: 10)
    for sparsity in [0.5, 0.9] {
      Arm("pdp-\(sparsity)", .pdp(temperature: 1e-4), .unstructured(sparsity), in: [.smoke], line: 11)
    }
    Arm(
      "str", .str(initial: -5, decay: 1e-4), .channels(0.5, multiple: 8), from: "dense",
      schedule: Schedule(warmup: .epochs(0), ramp: .epochs(1)),
      budget: .transferred(from: "pdp-0.5", .layer("classifier.*", .dense), .layer("stem.*", .sparsity(0.5))),
      search: Search(tolerance: 0.005, trials: 8), line: 16)
    Table("t", show: .top1, line: 12)
    Figure(.sparsityByLayer)
    Claim("c", "pdp-0.5", beats: "dense", by: -0.01, on: .top1, line: 13)
    Published("M", on: "D", "STR", .unstructured(0.9), top1: 62.1, source: "s", line: 14)
  }

  @Test func wireFormOfSchema3IsPinned() throws {
    #expect(
      try Self.study.wireText == """
        {"schema":3,"study":{"countsAsYes":"Y","parts":[{"text":{"_0":{"markdown":"prose \\"quoted\\"\\u000a"}}},\
        {"arm":{"_0":{"epochs":{"times":{"_0":2.0}},"line":10,"method":{"dense":{}},"name":"dense"}}},\
        {"arm":{"_0":{"line":11,"method":{"pdp":{"temperature":{"absolute":{"_0":0.0001}},"threshold":"constant"}},\
        "name":"pdp-0.5","profiles":["smoke"],"structure":{"unstructured":{"_0":0.5}}}}},\
        {"arm":{"_0":{"line":11,"method":{"pdp":{"temperature":{"absolute":{"_0":0.0001}},"threshold":"constant"}},\
        "name":"pdp-0.9","profiles":["smoke"],"structure":{"unstructured":{"_0":0.9}}}}},\
        {"arm":{"_0":{"budget":{"cap":1.0,"floor":0.0,"layers":[{"pattern":"classifier.*","treatment":{"dense":{}}},\
        {"pattern":"stem.*","treatment":{"sparsity":{"_0":0.5}}}],"rule":{"transferred":{"from":"pdp-0.5"}}},"line":16,\
        "method":{"str":{"decay":0.0001,"initial":-5.0}},"name":"str","schedule":{"ramp":{"epochs":{"_0":1.0}},\
        "warmup":{"epochs":{"_0":0.0}}},"search":{"tolerance":0.005,"trials":8},"start":"dense",\
        "structure":{"channels":{"_0":0.5,"minimum":1,"multiple":8}}}}},\
        {"table":{"_0":{"line":12,"metric":"top1","name":"t"}}},{"figure":{"_0":{"kind":"sparsity-by-layer"}}},\
        {"claim":{"_0":{"arm":"pdp-0.5","line":13,"margin":-0.01,"metric":"top1","rival":"dense","statement":"c"}}},\
        {"published":{"_0":{"dataset":"D","line":14,"method":"STR","metric":"top1","model":"M","note":"",\
        "source":"s","structure":{"unstructured":{"_0":0.9}},"value":62.1}}}],\
        "profiles":[{"data":{"evaluationLimit":500,"name":"fashion-mnist","trainingLimit":1000},"epochs":2,\
        "evaluateEvery":1,"line":3,"model":{"smallImages":{"width":0.25}},"name":"smoke","replicates":1,\
        "schedule":{"ramp":{"share":{"_0":0.5}},"warmup":{"epochs":{"_0":0.5}}}}],"question":"Q?",\
        "recipe":{"augmentation":{"cropAndFlip":{"padding":4}},"averaging":{"decay":0.999,"warmsUp":true},"batch":100,\
        "budget":{"cap":0.98,"floor":0.1,"layers":[],"rule":{"global":{"isNormalized":true}}},"gradientNormLimit":1.0,\
        "labelSmoothing":0.1,"layers":{"classifier":"dense","depthwise":"pruned","stem":"dense"},"learningRate":{"cosine":{"peak":0.1,"warmup":{"share":{"_0":0.05}}}},\
        "optimizer":{"sgd":{"momentum":0.9,"nesterov":true,"on":"weights-only","weightDecay":0.0005}}},"seed":7,\
        "slug":"demo","task":{"imageClassification":{"_0":"resnet18"}},"title":"T"}}
        """)
  }

  /// Every method with every number that it takes, in the order of the enumeration.
  static let methods: [Method] = [
    .dense, .pdp(temperature: 1e-4), .pdp(temperature: .relative(kappa: 0.05), threshold: .attached), .gmp, .gmpNested,
    .oneShot, .iterativeMagnitude(rounds: 5, rewind: .share(0.1)), .dnw, .acdc, .random, .set(interval: 100),
    .rigL(interval: 100), .graNet(interval: 100), .str(initial: -5, decay: 1e-4), .continuousSparsification(),
    .optG(), .movement(), .softMovement(), .snip(), .grasp(examples: 250), .synFlow(), .srSTE(), .asp, .lbc, .l1Norm,
    .l2Norm, .fpgm, .slimming(penalty: 1e-4), .taylor(examples: 100), .hRank(examples: 640), .chip(examples: 640),
  ]

  @Test func wireFormOfMethodsIsPinned() throws {
    #expect(
      try Self.methods.map { try CanonicalJSON.text(of: $0, nonFinite: .refused) } == [
        #"{"dense":{}}"#, #"{"pdp":{"temperature":{"absolute":{"_0":0.0001}},"threshold":"constant"}}"#,
        #"{"pdp":{"temperature":{"relative":{"kappa":0.05}},"threshold":"attached"}}"#, #"{"gmp":{}}"#,
        #"{"gmpNested":{}}"#, #"{"oneShot":{}}"#,
        #"{"iterativeMagnitude":{"rewind":{"share":{"_0":0.1}},"rounds":5}}"#, #"{"dnw":{}}"#, #"{"acdc":{}}"#,
        #"{"random":{}}"#, #"{"set":{"interval":100,"share":0.3,"until":0.75}}"#,
        #"{"rigL":{"interval":100,"share":0.3,"until":0.75}}"#,
        #"{"graNet":{"initialSparsity":0.5,"interval":100,"share":0.5}}"#,
        #"{"str":{"decay":0.0001,"initial":-5.0}}"#,
        #"{"continuousSparsification":{"initial":0.0,"penalty":1e-08,"selection":"sign","sharpness":200.0}}"#,
        #"{"optG":{"steepness":1.0}}"#, #"{"movement":{"scoreRate":0.01}}"#,
        #"{"softMovement":{"penalty":400.0,"scoreRate":0.01,"threshold":0.1}}"#, #"{"snip":{"examples":100}}"#,
        #"{"grasp":{"examples":250}}"#, #"{"synFlow":{"rounds":100}}"#, #"{"srSTE":{"pull":0.0002}}"#,
        #"{"asp":{}}"#, #"{"lbc":{}}"#, #"{"l1Norm":{}}"#, #"{"l2Norm":{}}"#, #"{"fpgm":{}}"#,
        #"{"slimming":{"penalty":0.0001}}"#, #"{"taylor":{"examples":100}}"#, #"{"hRank":{"examples":640}}"#,
        #"{"chip":{"examples":640}}"#,
      ])
  }

  @Test func wireFormOfStructuresIsPinned() throws {
    let structures: [Structure] = [
      .unstructured(0.9), .groups(keeping: 2, of: 4), .blocks(size: 4, 0.9), .channels(0.5, minimum: 2, multiple: 8),
    ]
    #expect(
      try structures.map { try CanonicalJSON.text(of: $0, nonFinite: .refused) } == [
        #"{"unstructured":{"_0":0.9}}"#, #"{"groups":{"keeping":2,"of":4}}"#, #"{"blocks":{"_1":0.9,"size":4}}"#,
        #"{"channels":{"_0":0.5,"minimum":2,"multiple":8}}"#,
      ])
  }

  @Test func wireFormReadsBackEqual() throws {
    let data = Data(try Self.study.wireText.utf8)
    #expect(try JSONDecoder().decode(StudyEnvelope.self, from: data).study == Self.study)
  }

  @Test func valuesThatAreNotFiniteAreKept() throws {
    var study = Self.study
    study.recipe.labelSmoothing = .nan
    study.parts = [.arm(Arm("a", .pdp(temperature: .relative(kappa: -.infinity)), .unstructured(.infinity)))]
    let text = try study.wireText
    #expect(text.contains(#""labelSmoothing":"nan""#))
    #expect(text.contains(#"{"relative":{"kappa":"-inf"}}"#))
    #expect(text.contains(#"{"unstructured":{"_0":"inf"}}"#))
  }

  @Test func plainNumberIsAnAbsoluteTemperature() {
    #expect(Method.Temperature.absolute(1e-4) == 1e-4)
    #expect(Method.Temperature.absolute(1) == 1)
  }

  @Test func partsKnowTheirLines() {
    let line = #line + 1
    let arm = Arm("a", .dense)
    #expect(arm.line == line)
  }

  @Test func studyIsWrittenOnceAndWhole() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "study-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Self.study.write(to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.study.wireText)
    let error = #expect(throws: StudyWritingError.self) { try Self.study.write(to: path) }
    #expect(error?.description == "study output '\(path)' cannot be written: system error 17")
    let missing = #expect(throws: StudyWritingError.self) { try Self.study.write(to: "/nowhere/study.json") }
    #expect(missing?.description == "study output '/nowhere/study.json' cannot be written: system error 2")
  }
}
