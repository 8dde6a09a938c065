import Foundation
import Testing

/// `export` and `import` as they are typed.
@Suite struct BundleVerbTests {
  @Test func runsOfOneWorkspaceAreRunsOfAnother() throws {
    let here = try Workplace()
    let there = try Workplace()
    #expect(try here.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
    let archive = there.root.appending(path: "tiny.tar").path
    let exported = try here.run("export", "--format", "bundle", "--study", "tiny", "--out", archive)
    #expect(exported.code == 0, "\(exported.diagnostics)")
    #expect(exported.output.hasPrefix("\(archive): 2 runs, 9 files, "))

    let first = try there.run("import", "tiny.tar")
    #expect(first == Workplace.Outcome(code: 0, output: "tiny.tar: 2 runs: 2 added\n", diagnostics: ""))
    let second = try there.run("import", "tiny.tar")
    #expect(second == Workplace.Outcome(code: 0, output: "tiny.tar: 2 runs: 2 here already\n", diagnostics: ""))
    #expect(try there.run("db", "check").code == 0)
    let rows = "SELECT run, arm, top1, weightsDigest FROM v_runs ORDER BY run"
    #expect(try there.rows(rows) == here.rows(rows))
    // What was trained elsewhere is done here too.
    let again = try there.run("run", "tiny", "--profile", "smoke")
    #expect(again.diagnostics.hasPrefix("all 2 runs: already done\n"))
    let audit = try there.run("verify-mask", try #require(there.rows(rows).first?.first))
    #expect(audit.output.hasSuffix("everything agrees\n"), "\(audit)")

    let tables = try here.run("export", "--format", "csv", "--out", "tables")
    #expect(tables.output.hasPrefix("tables: 32 files, "))
    let copy = try here.run("export", "--format", "database", "--out", "copy.sqlite")
    #expect(copy.output == "copy.sqlite: 2 runs\n")
    #expect(
      try here.run("export", "--format", "database", "--out", "copy.sqlite").diagnostics.contains(
        "it is there already; choose another name"))
    let lonely = try here.run("export", "--format", "bundle", "--out", "runs")
    #expect(lonely.code == 2)
    #expect(lonely.diagnostics.hasPrefix("Error: expected targets for the bundle, or --study\n"))
    let damaged = there.root.appending(path: "tiny.tar")
    try Data(try Data(contentsOf: damaged).dropLast(20_000)).write(to: damaged)
    #expect(try there.run("import", "tiny.tar").code == 4)
  }
}
