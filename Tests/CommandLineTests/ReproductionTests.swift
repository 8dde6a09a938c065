import Foundation
import Testing

/// Every number leads to the command that gives it, and giving that command gives the number.
@Suite struct ReproductionTests {
  /// Results that measure time or memory, which differ by nature.
  private static let measured = ["training-seconds", "loading-wait-seconds", "peak-memory-bytes"]

  private func rows(_ place: Workplace, _ sql: String) throws -> [[String]] {
    let outcome = try place.run("query", "--format", "csv", sql)
    #expect(outcome.code == 0, "\(outcome)")
    return outcome.output.split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  private func result(_ place: Workplace, _ run: String, _ name: String) throws -> [[String]] {
    try rows(place, "SELECT value, kind, step FROM result WHERE run = '\(run)' AND name = '\(name)'")
  }

  @Test func tenCellsAreReproducedByTheCommandsThatShowPrints() throws {
    let place = try Workplace()
    #expect(try place.run("run", "tiny", "--profile", "bench", "-j", "2", "--progress", "none").code == 0)
    let excluded = Self.measured.map { "'\($0)'" }.joined(separator: ", ")
    let cells = try rows(place, "SELECT run, name FROM result WHERE name NOT IN (\(excluded)) ORDER BY run, name")
    #expect(cells.count >= 20)

    var elsewhere: [String: Workplace] = [:]
    for cell in cells.shuffled().prefix(10) {
      let run = cell[0]
      if elsewhere[run] == nil {
        let shown = try place.run("show", run)
        let line = try #require(shown.output.split(separator: "\n").first { $0.hasPrefix("to do it again: ") })
        let words = line.split(separator: " ").dropFirst(4).map(String.init)
        #expect(words.first == "pdp-study")
        let other = try Workplace()
        let outcome = try other.start(words.dropFirst() + ["--threads", "1", "--progress", "none"]).finish()
        #expect(outcome.code == 0, "\(outcome)")
        elsewhere[run] = other
        let digest = "SELECT weightsDigest FROM run WHERE id = '\(run)'"
        #expect(try rows(other, digest) == rows(place, digest))
      }
      let other = try #require(elsewhere[run])
      #expect(try result(other, run, cell[1]) == result(place, run, cell[1]), "\(cell)")
      #expect(try result(other, run, cell[1]).count == 1)
    }
  }

  @Test func orderOfTheGridIsIrrelevant() throws {
    let whole = try Workplace()
    #expect(try whole.run("run", "tiny", "--profile", "bench", "--progress", "none").code == 0)
    let piecemeal = try Workplace()
    for (arm, replicate) in [("pdp-0.5", "1"), ("dense", "1"), ("pdp-0.5", "0"), ("dense", "0")] {
      let outcome = try piecemeal.run(
        "run", "tiny", "--profile", "bench", "--only", "arm=\(arm)", "--seeds", replicate, "--progress", "none")
      #expect(outcome.code == 0, "\(outcome)")
    }
    let digests = "SELECT run, arm, replicate, top1, weightsDigest FROM v_runs ORDER BY run"
    let expected = try rows(whole, digests)
    #expect(expected.count == 4)
    #expect(try rows(piecemeal, digests) == expected)
  }
}
