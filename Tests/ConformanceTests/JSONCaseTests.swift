import Conformance
import Foundation
import Testing

/// Cases in JSON files, with a vocabulary of their own and by whatever name.
@Suite struct JSONCaseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func outcome(
    _ json: String, find: @escaping (String) throws -> DataPackage = { _ in .unknown }
  ) throws -> Conformance.Outcome {
    let file = folder.url.appending(path: "made.json")
    try Data(json.utf8).write(to: file)
    return Conformance.run(file: file, packages: DataPackages(find))
  }

  private func verdict(_ json: String) throws -> Conformance.Verdict {
    let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "Cat"]
    try Data(vocabulary.joined(separator: "\n").utf8).write(to: folder.url.appending(path: "words.txt"))
    return try outcome(json) { package in package == "word-pack" ? .folder(folder.url) : .unknown }.verdict
  }

  private func tokenizer(
    vocabulary: String = "words.txt of the package word-pack", lowerCase: Bool = true, _ rest: String
  ) -> String {
    "{\"vocab\": \"\(vocabulary)\", \"lower_case\": \(lowerCase), \(rest)}"
  }

  private static let single = "\"max_length\": 8, \"single\": [{\"text\": \"The cats\", \"ids\": [2, 4, 5, 6, 3]}]"

  @Test func tokenizerCaseIsRecognisedByItsKeysAndPasses() throws {
    let pair =
      "\"pair\": [{\"a\": \"cat cat\", \"b\": \"the\", \"max_length\": 5, \"ids\": [2, 5, 3, 4, 3], "
      + "\"types\": [0, 0, 0, 1, 1]}]"
    #expect(try verdict(tokenizer(Self.single)) == .passed(largestError: 0))
    #expect(try verdict(tokenizer(pair)) == .passed(largestError: 0))
    #expect(try verdict(tokenizer("\(Self.single), \(pair), \"made by\": \"hand\"")) == .passed(largestError: 0))
    #expect(try outcome(tokenizer(Self.single)).operation == "tokenizer")
    #expect(
      try verdict(
        tokenizer(lowerCase: false, "\"max_length\": 9, \"single\": [{\"text\": \"Cat\", \"ids\": [2, 7, 3]}]"))
        == .passed(largestError: 0))
  }

  @Test func differentTokenIsFoundWithItsPlace() throws {
    #expect(
      try verdict(tokenizer(Self.single.replacing("5, 6, 3", with: "1, 6, 3")))
        == .failed(largestError: 4, where: "single[0].ids[2]: got 5, expected 1"))
    #expect(
      try verdict(tokenizer(Self.single.replacing("5, 6, 3", with: "5, 3")))
        == .failed(largestError: .infinity, where: "single[0].ids: 5 tokens, expected 4"))
    #expect(
      try verdict(
        tokenizer(
          "\"pair\": [{\"a\": \"cat\", \"b\": \"\", \"max_length\": 5, \"ids\": [2, 5, 3, 3], \"types\": [0, 0, 1, 1]}]"
        ))
        == .failed(largestError: 1, where: "pair[0].types[2]: got 0, expected 1"))
  }

  @Test func caseWhosePackageIsNotFetchedIsSkipped() throws {
    let outcome = try outcome(tokenizer(Self.single)) { _ in .notFetched(command: "fetch it") }
    #expect(outcome.verdict == .skipped(package: "word-pack", command: "fetch it"))
    #expect(outcome.operation == "tokenizer")
  }

  @Test func packageThatNobodyKnowsOrIsDamagedFails() throws {
    #expect(
      try outcome(tokenizer(Self.single)).verdict
        == .broken("case 'made' needs the data package 'word-pack', which no manifest of the workspace names"))
    let damaged = try outcome(tokenizer(Self.single)) { _ in throw ConformanceError.unknownOperation("damage") }
    #expect(damaged.verdict == .broken("operation 'damage' is not known to this version"))
  }

  @Test(arguments: ["words.txt", "../words.txt of the package word-pack", ".words of the package word-pack"])
  func vocabularyOutsideAPackageIsRefused(vocabulary: String) throws {
    #expect(
      try verdict(tokenizer(vocabulary: vocabulary, Self.single))
        == .broken("case 'made': 'vocab' is '\(vocabulary)', expected 'vocab.txt of the package <name>'"))
  }

  @Test func lengthWithoutRoomIsRefused() throws {
    #expect(
      try verdict(tokenizer(Self.single.replacing("8", with: "1")))
        == .broken("case 'made': 'max_length' of single[0] is 1, expected 2 or more"))
    #expect(
      try verdict(tokenizer("\"pair\": [{\"a\": \"\", \"b\": \"\", \"ids\": [2, 3, 3]}]"))
        == .broken("case 'made': 'max_length' of pair[0] is missing, expected 3 or more"))
  }

  @Test func metricsCaseIsRecognisedByItsKeysAndPasses() throws {
    let json = """
      {"prediction": [1, 0, 1, 1], "label": [1, 0, 0, 1], "accuracy": 0.75, "f1": 0.8, "matthews": 0.5773502691896258,
       "score": [1, 2, 3], "target": [1, 2, 3], "pearson": 1, "spearman": 1.0,
       "none": {"prediction": [0], "label": [1], "f1": 0}}
      """
    let outcome = try outcome(json)
    #expect(outcome.operation == "metrics")
    guard case .passed(let error) = outcome.verdict else {
      Issue.record("\(outcome.verdict)")
      return
    }
    #expect(error < 1e-15)
    #expect(
      try verdict(json.replacing("\"f1\": 0}", with: "\"f1\": 0.5}"))
        == .failed(largestError: 0.5, where: "none.f1: got 0.0, expected 0.5"))
  }

  @Test func metricThatIsNotANumberFails() throws {
    guard
      case .failed(let error, let place) = try verdict(
        "{\"score\": [1.5e308, 1.5e308, 1], \"target\": [1, 2, 3], \"pearson\": 0, \"spearman\": 0}")
    else {
      Issue.record("passed")
      return
    }
    #expect(error.isNaN)
    // The sign of a NaN is the processor's choice.
    #expect(place.replacing("-nan", with: "nan") == "pearson: got nan, expected 0.0")
  }

  @Test(arguments: ["\"label\": [1, 0]", "\"label\": [1], \"prediction\": []"])
  func metricWithoutExamplesIsRefused(lists: String) throws {
    let prediction = lists.contains("prediction") ? "" : ", \"prediction\": [1]"
    #expect(
      try verdict("{\(lists)\(prediction), \"accuracy\": 1}")
        == .broken("case 'made': 'accuracy' needs two lists of the same length, expected at least one example"))
  }

  @Test func caseThatExpectsNothingOrTheUnknownDoesNotPass() throws {
    let nothing = Conformance.Verdict.broken("\(ConformanceError.nothingExpected(case: "made"))")
    #expect(try verdict(tokenizer("\"single\": []")) == nothing)
    #expect(try verdict("{\"prediction\": [1], \"label\": [1]}") == nothing)
    #expect(
      try verdict("{\"prediction\": [1], \"label\": [1], \"recall\": 1}")
        == .broken("case 'made' expects 'recall', which the operation does not produce"))
    #expect(
      try verdict(tokenizer(Self.single + ", \"offsets\": [1]"))
        == .broken("case 'made' expects 'offsets', which the operation does not produce"))
    #expect(
      try verdict(tokenizer(Self.single.replacing("\"ids\"", with: "\"mask\": [1], \"ids\"")))
        == .broken("case 'made' expects 'mask', which the operation does not produce"))
  }

  @Test func otherJSONIsReported() throws {
    #expect(try outcome("[1]").verdict == .broken("case 'made' is not a JSON object"))
    #expect(try outcome("{\"vocab\"").verdict == .broken("case 'made' is not a JSON object"))
    #expect(
      try outcome("{\"vocab\": 1, \"epochs\": 2}").verdict
        == .broken("case 'made' is of no kind known to this version: its keys are [epochs, vocab]"))
    #expect(
      try verdict("{\"vocab\": 1, \"single\": []}")
        == .broken("case 'made': its attributes are not those of 'tokenizer'"))
    #expect(
      try verdict("{\"prediction\": \"one\", \"label\": []}")
        == .broken("case 'made': its attributes are not those of 'metrics'"))
  }
}
