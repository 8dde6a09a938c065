import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Conformance

@Suite struct SinglePrecisionTests {
  private static var exact: Tensor { .random("exact", [100]) }

  private static func moved(_ tensor: Tensor, by share: Float, _ name: String) -> Tensor {
    let moves = Tensor.random(name, tensor.shape).elements
    return Tensor(zip(tensor.elements, moves).map { $0 * (1 + share * ($1 < 0 ? -1 : 1)) }, shape: tensor.shape)
  }

  /// Judges `engine` against exact results that each run of the plain loops misses by 1 %.
  private func judge(
    _ engine: [String: Tensor], missed: Set<String> = ["a"], run: (Int) -> Void = { _ in }
  ) -> (isExplained: Bool, worst: Deviation) {
    let names = ["a", "b"]
    let exact = Results(tensors: Dictionary(uniqueKeysWithValues: names.map { ($0, Self.exact) }))
    return SinglePrecision.judge(missed: missed, engine: Results(tensors: engine), exact: exact) { number in
      run(number)
      return Results(tensors: exact.tensors.mapValues { Self.moved($0, by: 0.01, "run \(number)") })
    }
  }

  @Test func resultAsFarAsPlainLoopsIsExplainedByTheFirstRun() {
    var runs: [Int] = []
    let judgement = judge(["a": Self.moved(Self.exact, by: 0.015, "engine")]) { runs.append($0) }
    #expect(judgement.isExplained)
    #expect(runs == [0])
    #expect("\(judgement.worst)" == "off by 1.5 % in a, plain loops by 1.0 %")
  }

  @Test(arguments: [0.05, 0.1, 2]) func resultThatIsFartherIsNot(share: Float) {
    var runs: [Int] = []
    let judgement = judge(["a": Tensor(Self.exact.elements.map { $0 * (1 - share) }, shape: [100])]) { runs.append($0) }
    #expect(!judgement.isExplained)
    #expect(runs == Array(0..<SinglePrecision.runs))
    #expect(abs(judgement.worst.engine - Double(share)) < 1e-6)
    #expect(abs(judgement.worst.plain - 0.01) < 1e-6)
  }

  @Test func everyMissedResultMustBeExplained() {
    let near = Self.moved(Self.exact, by: 0.01, "engine")
    let far = Self.moved(Self.exact, by: 0.03, "engine")
    #expect(judge(["a": near, "b": near], missed: ["a", "b"]).isExplained)
    let judgement = judge(["a": near, "b": far], missed: ["a", "b"])
    #expect(!judgement.isExplained)
    #expect(judgement.worst.name == "b")
    #expect(judge(["a": near, "b": far]).isExplained)
  }

  @Test func nothingExplainsNumbersThatAreNoneOrOfAnotherShapeOrMissing() {
    var elements = Self.exact.elements
    elements[7] = .nan
    #expect(!judge(["a": Tensor(elements, shape: [100])]).isExplained)
    #expect(!judge(["a": Self.exact.reshaped(to: [10, 10])]).isExplained)
    #expect(!judge([:]).isExplained)
    #expect(!judge(["a": Self.exact], missed: ["parameters"]).isExplained)
  }

  @Test func plainLoopsThatComputeNoNumberExplainNothing() {
    let exact = Results(tensors: ["a": Self.exact])
    let engine = Results(tensors: ["a": Self.moved(Self.exact, by: 0.01, "engine")])
    for value in [Float.nan, .infinity] {
      let plain = Results(tensors: ["a": Tensor(repeating: value, shape: [100])])
      #expect(!SinglePrecision.judge(missed: ["a"], engine: engine, exact: exact) { _ in plain }.isExplained)
    }
  }
}

/// The rule on whole cases.
@Suite struct NetworkVerdictTests {
  private static let golden = "model-mobilenet_v1-train"

  private func file() throws -> SafetensorsFile {
    try SafetensorsFile(readingFrom: ConformanceTests.folder.appending(path: "\(Self.golden).safetensors"))
  }

  private func failure(_ verdict: Conformance.Verdict) -> String? {
    if case .failed(_, let place) = verdict { place } else { nil }
  }

  @Test func rectifiersExplainWhatTheEngineMisses() {
    let outcome = Conformance.run(
      file: ConformanceTests.folder.appending(path: "model-mobilenet_v2-train.safetensors"), packages: .none)
    guard case .passedInSinglePrecision(_, let deviation) = outcome.verdict else {
      Issue.record("\(outcome.verdict)")
      return
    }
    #expect(deviation.engine <= SinglePrecision.factor * deviation.plain)
    #expect(deviation.engine < 0.1)
  }

  @Test(arguments: ["grad.features.0.0.weight", "grad.features.7.3.weight", "output"])
  func expectationsThatAreWrongByAFewPerCentFail(name: String) throws {
    var file = try file()
    let expected = try #require(file.tensors["expected.\(name)"])
    file.tensors["expected.\(name)"] = Tensor(expected.elements.map { 1.03 * $0 }, shape: expected.shape)
    let folder = try TemporaryFolder()
    let place = try #require(failure(Conformance.run(file: try folder.write(file, as: "made")).verdict))
    #expect(place.hasSuffix("; plain loops in double precision miss the case too"))
  }

  @Test func networkOfAnotherSizeFails() throws {
    var file = try file()
    let attributes = try #require(file.metadata["attributes"])
    file.metadata["attributes"] = attributes.replacing("4231976", with: "4231975")
    let folder = try TemporaryFolder()
    #expect(failure(Conformance.run(file: try folder.write(file, as: "made")).verdict) != nil)
  }

  /// Results that no rounding explains: one tensor off by a few per cent, with its sign turned, or moved by one place.
  @Test func engineThatIsWrongFails() throws {
    let given = try Case(
      readingFrom: ConformanceTests.folder.appending(path: "\(Self.golden).safetensors"), packages: .none)
    let right = try Operation.model.run(given)
    #expect(try Conformance.networkVerdict(of: right, with: given).isPass)
    let changes: [(name: String, change: ([Float]) -> [Float], isJudgedBy: String)] = [
      ("output", { $0.map { 1.05 * $0 } }, "output"),
      ("grad.features.0.0.weight", { $0.map { 1.07 * $0 } }, "grad.features.0.0.weight"),
      ("grad.features.7.3.weight", { $0.map { -$0 } }, "grad.features.7.3.weight"),
      ("grad.features.7.3.weight", { $0.dropFirst() + [0] }, "grad.features.7.3.weight"),
      // Nothing but its norm is expected.
      ("grad.features.3.3.weight", { $0.map { 1.1 * $0 } }, "grad.features.3.3.weight"),
    ]
    for change in changes {
      var wrong = right
      let tensor = try #require(right.tensors[change.name])
      wrong.tensors[change.name] = Tensor(change.change(tensor.elements), shape: tensor.shape)
      let place = try #require(failure(try Conformance.networkVerdict(of: wrong, with: given)), "\(change.name)")
      #expect(place.contains("in \(change.isJudgedBy), plain loops by"))
    }
  }
}

/// The plain loops against the engine where rounding decides nothing.
@Suite struct ReferenceRunsTests {
  @Test(arguments: ["mobilenet_v1", "mobilenet_v2", "resnet18", "resnet34", "resnet50"])
  func agreeWithTheEngineInEvaluation(model: String) throws {
    let folder = try TemporaryFolder()
    let attributes = """
      {"model": "\(model)", "classes": 7, "width": 0.35, "training": false, "salt": "s", "parameters": 0, \
      "grad_norms": {}}
      """
    let file = SafetensorsFile(
      tensors: ["input": .random("images", [1, 3, 40, 32])],
      metadata: ["op": "model", "attributes": attributes, "rtol": "0", "atol": "0"])
    let given = try Case(readingFrom: try folder.write(file, as: "made"), packages: .none)
    let engine = try Operation.model.run(given)
    let runs = try #require(
      ReferenceRuns(try given.decoded(ModelAttributes.self), images: try given.tensor("input")))
    for reference in [runs.exact(), runs.single(run: 0), runs.single(run: 1)] {
      #expect(reference.tensors.keys.sorted() == engine.tensors.keys.sorted())
      #expect(reference.scalars["parameters"]?.got == engine.scalars["parameters"]?.got)
      for (name, got) in engine.tensors {
        let expected = try #require(reference.tensors[name])
        let scale = Double(expected.elements.map { abs($0) }.max() ?? 0)
        expectClose(got, expected, Tolerance(absolute: 1e-4 * scale, relative: 1e-4), name)
      }
    }
  }
}
