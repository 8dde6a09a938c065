import Foundation
import Planning
import Testing

@testable import Reports

@Suite final class ReportCheckTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "check-\(UUID().uuidString)")

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func check(_ study: SyntheticStudy = ReportTests.study) throws -> [String] {
    try Report.check(study.data, in: folder).map(\.description)
  }

  @Test func writtenReportHasNoDifferenceAndNothingIsWritten() throws {
    try Report.write(ReportTests.study.data, to: folder)
    try Data("mine".utf8).write(to: folder.appending(path: "notes.txt"))
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(try check() == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
  }

  @Test func everyFileOfAReportThatWasNeverWrittenIsMissing() throws {
    let files = try Report.render(ReportTests.study.data)
    #expect(try check() == files.map { "'\($0.name)' is missing" })
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func changedResultIsNamedByTheFirstLineThatDiffers() throws {
    try Report.write(ReportTests.study.data, to: folder)
    var study = ReportTests.study
    study.arms[1].top1[0] = 0.701
    let differences = try check(study)
    let text = try String(contentsOf: folder.appending(path: "report.md"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let number = try #require(lines.firstIndex { $0.hasPrefix("| dense | – | 70.60") }) + 1
    #expect(
      differences.first
        == "'report.md' differs in line \(number): "
        + "expected '| dense | – | 70.65 ± 0.78 | 2 | 0.00 | 100.00 | 100.00 | – | – |…', "
        + "got '| dense | – | 70.60 ± 0.85 | 2 | 0.00 | 100.00 | 100.00 | – | – |…'")
    #expect(differences.contains { $0.hasPrefix("'accuracy-versus-sparsity.png' differs at byte ") })
    #expect(
      differences.contains(
        "'accuracy-versus-sparsity.csv' differs in line 2: expected 'dense,dense,unstructured,0,0,dense-r0,0,1,0.701', "
          + "got 'dense,dense,unstructured,0,0,dense-r0,0,1,0.7'"))
  }

  @Test func figureThatTheReportNoLongerHasIsStale() throws {
    try Report.write(ReportTests.study.data, to: folder)
    var study = ReportTests.study
    study.elements.removeAll { $0 == .figure(.curves) }
    #expect(
      try check(study).suffix(2) == [
        "'curves.png' is stale: this report has no such figure",
        "'curves.csv' is stale: this report has no such figure",
      ])
  }

  @Test(arguments: [
    ("a\nb\n", "a\nc\n", "'x.md' differs in line 2: expected 'b', got 'c'"),
    ("a\nb\n", "a\n", "'x.md' differs in line 2: expected 'b', got the end of the file"),
    ("a\n", "a\nb", "'x.md' differs in line 2: expected the end of the file, got 'b'"),
    ("a\r\n", "a\n", "'x.md' differs in line 1: expected 'a ', got 'a'"),
    ("", "\u{1B}[2J", "'x.md' differs in line 1: expected the end of the file, got '\u{FFFD}[2J'"),
  ])
  func textsDifferInALine(expected: String, found: String, words: String) {
    let file = ReportFile(name: "x.md", bytes: Data(expected.utf8))
    #expect(ReportDifference(file, found: Data(found.utf8))?.description == words)
    #expect(ReportDifference(file, found: file.bytes) == nil)
  }

  @Test func longLinesAreCutAroundTheDifference() {
    let line = String(repeating: "a", count: 500)
    let difference = ReportDifference(
      ReportFile(name: "x.html", bytes: Data((line + "b" + line).utf8)), found: Data((line + "c" + line).utf8))
    let part = String(repeating: "a", count: 24)
    let rest = String(repeating: "a", count: 47)
    #expect(
      difference
        == .line(file: "x.html", number: 1, expected: "…\(part)b\(rest)…", found: "…\(part)c\(rest)…"))
  }

  @Test func fileThatCannotBeReadIsAnError() throws {
    try FileManager.default.createDirectory(
      at: folder.appending(path: "report.md"), withIntermediateDirectories: true)
    let error = #expect(throws: ReportError.self) { try self.check() }
    #expect(error?.description.hasPrefix("report file '\(folder.path)/report.md' cannot be read: ") == true)
  }
}
