import Foundation
import Kernels
import Networks
import Testing

/// `plan --explain` and `verify-mask` on a study whose masks are known before training.
@Suite struct MaskTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    try Data(Self.study.utf8).write(to: workplace.root.appending(path: "studies/masks.swift"))
  }

  @Test func planExplainsEveryWeightOfAnArm() throws {
    let outcome = try workplace.run("plan", "masks", "--profile", "smoke", "--explain", "--arm", "two-of-four")
    #expect(outcome == Workplace.Outcome(code: 0, output: Self.explained, diagnostics: ""))
    let json = try workplace.run("plan", "masks", "--profile", "smoke", "--explain", "--json")
    #expect(json.code == 3)
    let arms = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
    #expect(arms.map { $0["arms"] as? [String] } == [["two-of-four"], ["pdp"], ["too-much"]])
    let pruning = try #require(arms[0]["pruning"] as? [String: Any])
    #expect(pruning["structure"] as? String == "2:4")
    #expect((pruning["layers"] as? [Any])?.count == 28)
    #expect((pruning["totals"] as? [String: Any])?["requested"] as? Int == 302)
  }

  @Test func armThatCannotStartIsExplainedWithTheReason() throws {
    let outcome = try workplace.run("plan", "masks", "--profile", "smoke", "--explain", "--arm", "too-much")
    #expect(
      outcome
        == Workplace.Outcome(
          code: 3,
          output: """
            arm too-much: mobilenet-v1 x0.1 on images 1x16x16
              cannot start: cap of 0.9 a layer is too low: expected room for 25055 pruned weights, got room for
                23185; raise the cap or lower the sparsity

            """, diagnostics: ""))
  }

  @Test func explanationOptionsAreCheckedFirst() throws {
    let unknown = try workplace.run("plan", "masks", "--profile", "smoke", "--explain", "--arm", "two-of-fore")
    #expect(
      unknown
        == Workplace.Outcome(
          code: 2, output: "", diagnostics: "error: no run has arm 'two-of-fore'; did you mean 'two-of-four'?\n"))
    let lonely = try workplace.run("plan", "masks", "--arm", "pdp")
    #expect(lonely.code == 2)
    #expect(lonely.diagnostics.hasPrefix("Error: --arm: expected beside --explain\n"))
  }

  @Test func tamperedWeightsOfARunAreNamedLayerByLayer() throws {
    let only = ["run", "masks", "--profile", "smoke", "--progress", "none", "--only", "arm=two-of-four"]
    #expect(try workplace.start(only).finish().code == 0)
    let run =
      try workplace.run("query", "--format", "csv", "SELECT run FROM v_runs WHERE arm = 'two-of-four'")
      .output.split(separator: "\n").last.map(String.init) ?? ""
    let url = workplace.root.appending(path: "results/runs/\(run)/model.safetensors")
    let good = try Data(contentsOf: url)
    let layer = "features.1.3.weight"

    let agreed = try verify(run)
    #expect(agreed == Workplace.Outcome(code: 0, output: Self.agreed, diagnostics: ""))

    var place = 0
    try change(layer, of: url) { elements in
      place = elements.firstIndex(of: 0) ?? 0
      elements[place] = 0.5
    }
    let filled = try verify(run)
    #expect(filled.code == 4)
    let row = place / 8
    #expect(
      Self.disagreements(filled) == [
        "layer '\(layer)': 1 of 32 masked weights are not zero, the first at index \(place)",
        "layer '\(layer)': 1 of 16 groups of 2:4 have more than 2 nonzero weights, the first at output \(row), "
          + "input \(place % 8 / 4 * 4), kernel position 0 with 3",
        Self.digestDiffers,
        "layer '\(layer)': 31 weights are zero, the run recorded 32",
        "pruned weights disagree: requested 302, scheduled 302, achieved 301",
        "result 'weights-pruned-achieved': counted 301, the run recorded 302",
        "result 'weights-zero-total': counted 301, the run recorded 302",
        "result 'parameters-nonzero': counted 37770, the run recorded 37769",
      ])

    try good.write(to: url)
    try change(layer, of: url) { elements in elements[elements.firstIndex { $0 != 0 } ?? 0] = 0 }
    let zeroed = try verify(run)
    #expect(zeroed.code == 4)
    #expect(zeroed.output.contains("\nnote: layer '\(layer)': 1 weights are zero that the mask keeps\n"))
    #expect(
      Self.disagreements(zeroed) == [
        Self.digestDiffers,
        "layer '\(layer)': 33 weights are zero, the run recorded 32",
        "pruned weights disagree: requested 302, scheduled 302, achieved 303",
        "result 'weights-pruned-achieved': counted 303, the run recorded 302",
        "result 'weights-zero-total': counted 303, the run recorded 302",
        "result 'parameters-nonzero': counted 37768, the run recorded 37769",
      ])

    try good.prefix(5000).write(to: url)
    #expect(
      try verify(run)
        == Workplace.Outcome(
          code: 4, output: "",
          diagnostics: "error: weights file 'PATH' is not a valid safetensors file: its header is said to take "
            + "11576 bytes of 5000; export or copy it again\n"))

    try SafetensorsFile(tensors: ["a.weight": Tensor([1], shape: [1, 1])]).encoded().write(to: url)
    #expect(
      try verify(run)
        == Workplace.Outcome(
          code: 4, output: "",
          diagnostics: "error: weights file 'PATH' is not of network 'mobilenet-v1': 137 tensors missing, such as "
            + "'classifier.bias'; 1 tensors not of the network, such as 'a.weight'\n"))

    try FileManager.default.removeItem(at: url)
    #expect(
      try verify(run)
        == Workplace.Outcome(
          code: 4, output: "",
          diagnostics: "error: run 'RUN' has succeeded, but its weights file 'PATH' is gone; restore it from a copy, "
            + "or train again with 'pdp-study run --force'\n"))
  }

  @Test func runThatHasNotFinishedHasNothingToVerify() throws {
    let (process, finish) = try workplace.start(["run", "tiny", "--only", "arm=dense", "--progress", "none"])
    let runs = workplace.root.appending(path: "results/runs")
    while process.isRunning {
      let found = (try? FileManager.default.subpathsOfDirectory(atPath: runs.path)) ?? []
      if found.contains(where: { $0.contains("/checkpoints/step-") }) { break }
      usleep(10_000)
    }
    kill(process.processIdentifier, SIGINT)
    #expect(try finish().code == 75)
    let run = try #require(try FileManager.default.contentsOfDirectory(atPath: runs.path).first)
    let outcome = try workplace.run("verify-mask", run)
    #expect(outcome.code == 2)
    #expect(outcome.output == "")
    #expect(
      outcome.diagnostics.hasPrefix(
        "error: run '\(run)' has no exported weights: expected it to have succeeded, it is interrupted at step "))
  }

  @Test func fileIsHeldAgainstThePatternThatIsNamed() throws {
    let weights = [
      "a.weight": Tensor([1, 0, 2, 0, 0, 3, 0, 0], shape: [2, 4]), "b.weight": Tensor([1, 2, 3, 0], shape: [1, 4]),
      "c.weight": Tensor([1, 2, 3], shape: [1, 3]), "d.weight": Tensor([1, 1, 1, 1], shape: [1, 4]),
    ]
    let url = workplace.root.appending(path: "some.safetensors")
    try SafetensorsFile(tensors: weights).encoded().write(to: url)
    #expect(
      try workplace.run("verify-mask", "some.safetensors", "--structure", "2:4", "--dense", "d.*")
        == Workplace.Outcome(
          code: 1,
          output: """
            layer     shape  weights  zeros  share    expected
            a.weight  2x4          8      5   62.5 %  2:4
            b.weight  1x4          4      1     25 %  2:4
            c.weight  1x3          3      0      0 %  dense: has 3 input channels a group, no multiple of 4
            d.weight  1x4          4      0      0 %  dense
            total                 19      6  31.58 %

            disagreement: layer 'b.weight': 1 of 1 groups of 2:4 have more than 2 nonzero weights, the first at output 0, \
            input 0, kernel position 0 with 3
            1 disagreement

            """, diagnostics: ""))
    let json = try workplace.run("verify-mask", "some.safetensors", "--json")
    #expect(json.code == 0)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((object["layers"] as? [[String: Any]])?.map { $0["zeros"] as? Int } == [5, 1, 0, 0])
  }

  private static let wrongCalls: [String: String] = [
    "verify-mask feed": "run 'feed' is unknown; 'pdp-study list' shows the runs there are",
    "verify-mask no.safetensors":
      "weights file 'no.safetensors' is not there; name a .safetensors or .pdpc file, or a run",
    "verify-mask feed --structure 2:4": "--structure and --dense are for files: a run's configuration says both",
    "verify-mask empty.safetensors --structure 4:2":
      "structure '4:2' is unknown: expected N:M with N below M such as 2:4, 1xB such as 1x4, or unstructured; channels "
      + "take a run",
    "verify-mask empty.safetensors":
      "weights file 'empty.safetensors' holds no weights of layers: expected tensors [out, in, ...], got 1 others",
  ]

  @Test(arguments: wrongCalls.keys.sorted())
  func wrongArgumentIsNamed(call: String) throws {
    try SafetensorsFile(tensors: ["a.bias": Tensor([1], shape: [1])]).encoded()
      .write(to: workplace.root.appending(path: "empty.safetensors"))
    let message = try #require(Self.wrongCalls[call])
    #expect(
      try workplace.start(call.split(separator: " ").map(String.init)).finish()
        == Workplace.Outcome(code: 2, output: "", diagnostics: "error: \(message)\n"))
  }

  // MARK: Helpers

  /// The outcome of `verify-mask`, without what differs from machine to machine.
  private func verify(_ run: String) throws -> Workplace.Outcome {
    var outcome = try workplace.run("verify-mask", String(run.prefix(8)))
    let path = workplace.root.appending(path: "results/runs/\(run)/model.safetensors").path
    for (text, word) in [(path, "PATH"), (path.replacing("/private/", with: "/"), "PATH"), (run, "RUN")] {
      outcome.output = outcome.output.replacing(text, with: word)
      outcome.diagnostics = outcome.diagnostics.replacing(text, with: word)
    }
    outcome.output = outcome.output.replacing(/[0-9a-f]{64}/, with: "DIGEST")
    return outcome
  }

  private static func disagreements(_ outcome: Workplace.Outcome) -> [String] {
    outcome.output.split(separator: "\n").filter { $0.hasPrefix("disagreement: ") }
      .map { String($0.dropFirst("disagreement: ".count)) }
  }

  private static let digestDiffers = "weights file 'PATH' has SHA-256 DIGEST, the run recorded DIGEST"

  private func change(_ path: String, of url: URL, _ body: (inout [Float]) -> Void) throws {
    var file = try SafetensorsFile(readingFrom: url)
    let tensor = try #require(file.tensors[path])
    var elements = tensor.elements
    body(&elements)
    file.tensors[path] = Tensor(elements, shape: tensor.shape)
    try file.encoded().write(to: url)
  }

  private static let study = """
    import StudyKit

    let study = Study(
      "masks", title: "Masks", question: "Are the zeros where they should be?", countsAsYes: "They are.",
      task: .imageClassification(.mobileNetV1),
      recipe: Recipe(
        batch: 10, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 0, on: .allParameters),
        learningRate: .cosine(peak: 0.01, warmup: .epochs(1)), labelSmoothing: 0, augmentation: .unchanged,
        layers: LayerPolicy(stem: .dense, depthwise: .dense, classifier: .pruned), budget: .global(cap: 0.98)),
      profiles: [
        Profile(
          .smoke, data: DataSource(named: "tiny"), model: .smallImages(width: 0.1), epochs: 2,
          schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 1)
      ]
    ) {
      Arm("two-of-four", .gmpNested, .groups(keeping: 2, of: 4))
      Arm("pdp", .pdp(temperature: 1e-4), .unstructured(0.5))
      Arm(
        "too-much", .oneShot, .unstructured(0.8), budget: .uniform(cap: 0.9, .layer("features.13.*", .cap(0.5)), \
    .layer("features.12.3.weight", .cap(0.74))))
    }

    """

  private static let explained = """
    arm two-of-four: mobilenet-v1 x0.1 on images 1x16x16
      method    gmp-nested; structure 2:4
      training  gradient masked; storage projected
      policy    stem dense, depthwise dense, classifier pruned
      budget    the pattern says it; caps, floors and rules have no say
      schedule  epoch 0.5 (step 2) to epoch 1.5 (step 6) of epoch 2 (step 8), 3 updates
      totals    sparsity 50 % requested: 302 of 604 (50 %) prunable weights
                302 of 35873 (0.84 %) weights, 302 of 38071 (0.79 %) parameters

      layer                 operation  shape        weights  pruned  share  why
      features.0.0.weight   conv       8x1x3x3           72       0    0 %  note 1
      features.1.0.weight   depthwise  8x1x3x3           72       0    0 %  note 2
      features.1.3.weight   conv       8x8x1x1           64      32   50 %  pattern 2:4 = 50 %
      features.2.0.weight   depthwise  8x1x3x3           72       0    0 %  note 2
      features.2.3.weight   conv       12x8x1x1          96      48   50 %  pattern 2:4 = 50 %
      features.3.0.weight   depthwise  12x1x3x3         108       0    0 %  note 2
      features.3.3.weight   conv       12x12x1x1        144      72   50 %  pattern 2:4 = 50 %
      features.4.0.weight   depthwise  12x1x3x3         108       0    0 %  note 2
      features.4.3.weight   conv       25x12x1x1        300     150   50 %  pattern 2:4 = 50 %
      features.5.0.weight   depthwise  25x1x3x3         225       0    0 %  note 2
      features.5.3.weight   conv       25x25x1x1        625       0    0 %  note 3
      features.6.0.weight   depthwise  25x1x3x3         225       0    0 %  note 2
      features.6.3.weight   conv       51x25x1x1       1275       0    0 %  note 3
      features.7.0.weight   depthwise  51x1x3x3         459       0    0 %  note 2
      features.7.3.weight   conv       51x51x1x1       2601       0    0 %  note 4
      features.8.0.weight   depthwise  51x1x3x3         459       0    0 %  note 2
      features.8.3.weight   conv       51x51x1x1       2601       0    0 %  note 4
      features.9.0.weight   depthwise  51x1x3x3         459       0    0 %  note 2
      features.9.3.weight   conv       51x51x1x1       2601       0    0 %  note 4
      features.10.0.weight  depthwise  51x1x3x3         459       0    0 %  note 2
      features.10.3.weight  conv       51x51x1x1       2601       0    0 %  note 4
      features.11.0.weight  depthwise  51x1x3x3         459       0    0 %  note 2
      features.11.3.weight  conv       51x51x1x1       2601       0    0 %  note 4
      features.12.0.weight  depthwise  51x1x3x3         459       0    0 %  note 2
      features.12.3.weight  conv       102x51x1x1      5202       0    0 %  note 4
      features.13.0.weight  depthwise  102x1x3x3        918       0    0 %  note 2
      features.13.3.weight  conv       102x102x1x1    10404       0    0 %  note 5
      classifier.weight     linear     2x102            204       0    0 %  note 5
      note 1: dense: first convolution, which the study keeps dense
      note 2: dense: depthwise convolution, which the study keeps dense
      note 3: dense: has 25 input channels a group, no multiple of 4
      note 4: dense: has 51 input channels a group, no multiple of 4
      note 5: dense: has 102 input channels a group, no multiple of 4

    """

  private static let agreed = """
    run RUN: arm two-of-four, gmp-nested, 2:4
    weights file PATH
    SHA-256 DIGEST

    layer                 shape        weights  zeros  share   masked  expected
    features.0.0.weight   8x1x3x3           72      0     0 %          dense: first convolution, which the study keeps dense
    features.1.0.weight   8x1x3x3           72      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.1.3.weight   8x8x1x1           64     32    50 %      32  2:4
    features.2.0.weight   8x1x3x3           72      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.2.3.weight   12x8x1x1          96     48    50 %      48  2:4
    features.3.0.weight   12x1x3x3         108      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.3.3.weight   12x12x1x1        144     72    50 %      72  2:4
    features.4.0.weight   12x1x3x3         108      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.4.3.weight   25x12x1x1        300    150    50 %     150  2:4
    features.5.0.weight   25x1x3x3         225      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.5.3.weight   25x25x1x1        625      0     0 %          dense: has 25 input channels a group, no multiple of 4
    features.6.0.weight   25x1x3x3         225      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.6.3.weight   51x25x1x1       1275      0     0 %          dense: has 25 input channels a group, no multiple of 4
    features.7.0.weight   51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.7.3.weight   51x51x1x1       2601      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.8.0.weight   51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.8.3.weight   51x51x1x1       2601      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.9.0.weight   51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.9.3.weight   51x51x1x1       2601      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.10.0.weight  51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.10.3.weight  51x51x1x1       2601      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.11.0.weight  51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.11.3.weight  51x51x1x1       2601      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.12.0.weight  51x1x3x3         459      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.12.3.weight  102x51x1x1      5202      0     0 %          dense: has 51 input channels a group, no multiple of 4
    features.13.0.weight  102x1x3x3        918      0     0 %          dense: depthwise convolution, which the study keeps dense
    features.13.3.weight  102x102x1x1    10404      0     0 %          dense: has 102 input channels a group, no multiple of 4
    classifier.weight     2x102            204      0     0 %          dense: has 102 input channels a group, no multiple of 4
    total                                35873    302  0.84 %     302

    pruned weights of 604: requested 302, scheduled 302, achieved 302
    note: masks are those of the last checkpoint
    everything agrees

    """
}
