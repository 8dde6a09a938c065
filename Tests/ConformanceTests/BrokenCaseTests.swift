import Conformance
import Foundation
import Kernels
import Networks
import Testing

/// What cases that cannot be right come to, each made from one that passes by a single change.
@Suite struct BrokenCaseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// max(x, 0) of four numbers.
  private static var rectifier: SafetensorsFile {
    SafetensorsFile(
      tensors: [
        "input": Tensor([-2, -1, 1, 3], shape: [4]), "upstream": Tensor([1, 2, 3, 4], shape: [4]),
        "expected.output": Tensor([0, 0, 1, 3], shape: [4]), "expected.grad.input": Tensor([0, 0, 3, 4], shape: [4]),
      ], metadata: ["op": "relu", "attributes": "{}", "rtol": "1e-6", "atol": "1e-6"])
  }

  private func verdict(_ change: (inout SafetensorsFile) -> Void) throws -> Conformance.Verdict {
    var file = Self.rectifier
    change(&file)
    return Conformance.run(file: try folder.write(file, as: "made")).verdict
  }

  private func verdict(
    op: String, attributes: String, _ tensors: [String: Tensor]
  ) throws -> Conformance.Verdict {
    try verdict { file in
      file.metadata["op"] = op
      file.metadata["attributes"] = attributes
      file.tensors = tensors
    }
  }

  @Test func theCaseThatTheOthersAreMadeFromPasses() throws {
    #expect(try verdict { _ in } == .passed(largestError: 0))
  }

  @Test(arguments: ["op", "rtol", "atol"])
  func missingMetadataIsNamed(key: String) throws {
    #expect(try verdict { $0.metadata[key] = nil } == .broken("case 'made' has no '\(key)' in its metadata"))
  }

  @Test func unknownOperationIsNamed() throws {
    #expect(
      try verdict { $0.metadata["op"] = "rleu" } == .broken("operation 'rleu' is not known to this version"))
  }

  @Test(arguments: ["", "{", "[]", "{\"stride\": 1, \"padding\": 0}", "{\"stride\": 0, \"padding\": 0, \"groups\": 1}"])
  func malformedAttributesAreNamed(attributes: String) throws {
    let weight = Tensor(repeating: 1, shape: [1, 1, 1, 1])
    let verdict = try verdict(op: "conv2d", attributes: attributes, ["input": weight, "weight": weight])
    #expect(verdict == .broken("case 'made': its attributes are not those of 'conv2d'"))
  }

  @Test(arguments: ["rtol", "atol"], ["-1e-6", "nan", "inf", "", "small"])
  func toleranceThatIsNoneIsNamed(key: String, value: String) throws {
    #expect(
      try verdict { $0.metadata[key] = value }
        == .broken("case 'made': '\(key)' is '\(value)', expected a number that is not negative"))
  }

  @Test(arguments: ["input", "upstream"])
  func missingTensorIsNamed(key: String) throws {
    #expect(try verdict { $0.tensors[key] = nil } == .broken("case 'made' has no tensor '\(key)'"))
  }

  @Test func unexpectedShapesAreReported() throws {
    #expect(
      try verdict { $0.tensors["expected.output"] = Tensor([0, 0, 1, 3], shape: [2, 2]) }
        == .failed(largestError: .infinity, where: "expected.output: shape [4], expected [2, 2]"))
    #expect(
      try verdict { $0.tensors["upstream"] = Tensor([1, 2, 3], shape: [3]) }
        == .broken("case 'made': upstream has shape [3], expected [4]"))
  }

  @Test func expectationThatNobodyMeetsIsNamed() throws {
    #expect(
      try verdict { $0.tensors["expected.grad.weight"] = Tensor([1], shape: [1]) }
        == .broken("case 'made' expects 'expected.grad.weight', which the operation does not produce"))
  }

  @Test func caseThatExpectsNothingDoesNotPass() throws {
    #expect(
      try verdict { file in file.tensors = file.tensors.filter { !$0.key.hasPrefix("expected.") } }
        == .broken("case 'made' expects nothing; give it a tensor whose name begins 'expected.'"))
  }

  @Test func wrongValueIsFoundWithItsPlace() throws {
    #expect(
      try verdict { $0.tensors["expected.output"] = Tensor([0, 0.5, 1, 3.25], shape: [4]) }
        == .failed(largestError: 0.5, where: "expected.output[1]: got 0.0, expected 0.5"))
  }

  @Test func whatIsNotANumberNeverPasses() throws {
    let result = try verdict { file in
      file.metadata["rtol"] = "1e300"
      file.metadata["atol"] = "1e300"
      file.tensors["upstream"] = Tensor([1, 2, .nan, 4], shape: [4])
    }
    guard case .failed(let error, let place) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(error.isNaN)
    #expect(place == "expected.grad.input[2]: got nan, expected 3.0")
    let expectation = try verdict { $0.tensors["expected.output"] = Tensor([0, .nan, 1, 3], shape: [4]) }
    guard case .failed(_, where: "expected.output[1]: got 0.0, expected nan") = expectation else {
      Issue.record("\(expectation)")
      return
    }
  }

  @Test func operandsThatDoNotFitAreNamed() throws {
    let two = Tensor(repeating: 1, shape: [2, 2])
    let image = Tensor(repeating: 1, shape: [1, 2, 3, 3])
    #expect(
      try verdict(op: "linear", attributes: "{}", ["input": two, "weight": Tensor(repeating: 1, shape: [2, 3])])
        == .broken("case 'made': input [2, 2], weight [2, 3] and bias do not fit each other"))
    #expect(
      try verdict(
        op: "conv2d", attributes: "{\"stride\": 1, \"padding\": 0, \"groups\": 1}",
        ["input": image, "weight": Tensor(repeating: 1, shape: [4, 3, 1, 1])])
        == .broken("case 'made': input [1, 2, 3, 3], weight [4, 3, 1, 1], bias and 1 groups do not fit each other"))
    #expect(
      try verdict(op: "max_pool2d", attributes: "{\"kernel\": 9, \"stride\": 1, \"padding\": 0}", ["input": image])
        == .broken("case 'made': input [1, 2, 3, 3] and windows of 9 do not fit each other"))
    #expect(
      try verdict(op: "global_avg_pool2d", attributes: "{}", ["input": two])
        == .broken("case 'made': input [2, 2] is not a batch of images"))
    #expect(
      try verdict(
        op: "pdp_mask", attributes: "{\"granularity\": \"n:m\", \"n\": 2, \"m\": 4, \"temperature\": 1e-4}",
        ["weight": two, "upstream": two])
        == .broken("case 'made': weight of shape [2, 2] does not divide into groups of 4"))
  }

  @Test(arguments: [
    "\"n\": 5, \"m\": 4", "\"n\": 0, \"m\": 4", "\"n\": 2, \"m\": 4, \"temperature\": 0", "\"n\": 2, \"m\": 68",
  ])
  func maskThatKeepsNoneOrTooManyIsRefused(part: String) throws {
    let temperature = part.contains("temperature") ? "" : ", \"temperature\": 1e-4"
    let weight = Tensor(repeating: 1, shape: [2, 4])
    #expect(
      try verdict(
        op: "pdp_mask", attributes: "{\"granularity\": \"n:m\", \(part)\(temperature)}",
        ["weight": weight, "upstream": weight])
        == .broken("case 'made': its attributes are not those of 'pdp_mask'"))
  }

  @Test func unknownVariantIsNamed() throws {
    let weight = Tensor(repeating: 1, shape: [2, 4])
    #expect(
      try verdict(
        op: "pdp_mask", attributes: "{\"granularity\": \"block\", \"temperature\": 1e-4}",
        ["weight": weight, "upstream": weight]) == .broken("'pdp_mask' with 'block' is not known to this version"))
  }

  @Test func fileThatIsCutOffIsReported() throws {
    let url = try folder.write(Self.rectifier, as: "cut")
    try Data(contentsOf: url).dropLast(1).write(to: url)
    let outcome = Conformance.run(file: url)
    #expect(outcome.operation == "?")
    #expect(
      outcome.verdict
        == .broken(
          "weights file '\(url.relativePath)' is not a valid safetensors file: tensor 'upstream' of shape [4] has "
            + "offsets [48, 64] in 63 bytes; export or copy it again"))
  }

  @Test func everyCaseOfAFolderIsRunInOrderOfTheNames() throws {
    _ = try folder.write(Self.rectifier, as: "b")
    _ = try folder.write(Self.rectifier, as: "a")
    try Data("{}".utf8).write(to: folder.url.appending(path: "metrics.json"))
    try Data("no case".utf8).write(to: folder.url.appending(path: "README.md"))
    var seen: [String] = []
    let outcomes = try Conformance.run(folder: folder.url) { seen.append($0.name) }
    #expect(seen == ["a", "b", "metrics"])
    #expect(
      outcomes.map(\.verdict) == [
        .passed(largestError: 0), .passed(largestError: 0),
        .broken("case 'metrics' is of no kind known to this version: its keys are []"),
      ])
  }

  @Test func folderWithoutCasesOrThatCannotBeReadIsAnError() throws {
    #expect(throws: ConformanceError.emptyFolder(path: folder.url.path)) {
      _ = try Conformance.run(folder: folder.url)
    }
    let missing = folder.url.appending(path: "missing")
    #expect(throws: ConformanceError.unreadableFolder(path: missing.path)) {
      _ = try Conformance.run(folder: missing)
    }
    #expect(
      "\(ConformanceError.emptyFolder(path: "cases"))"
        == "folder 'cases' holds no case; give a folder that holds .safetensors and .json cases")
    #expect(
      "\(ConformanceError.unreadableFolder(path: "cases"))"
        == "folder of cases 'cases' cannot be read; give a folder that holds .safetensors and .json cases")
  }
}
