import Digests
import Foundation
import Planning
import RunFixtures
import RunStore
import Testing

/// Runs go from one workspace to another as bundles.
@Suite struct BundleTests {
  private let here: Workspace
  private let there: Workspace
  private let store: RunStore
  private let run: String
  private let out: TemporaryFolder

  init() throws {
    here = try Workspace()
    there = try Workspace()
    run = try here.fixture.run("dense", 0)
    out = try TemporaryFolder()
    try here.journal(run, [loss(10, 2.5), loss(20, 2.25), end(.succeeded)])
    try Self.write(here.layout, run)
    store = try RunStore.open(here.layout)
  }

  /// The files beside the journal.
  private static func write(_ layout: ResultsLayout, _ run: String) throws {
    let spec = try PlanFixture().spec("dense")
    try Data(try spec.canonicalText.utf8).write(to: layout.spec(run))
    try Data("a line\n".utf8).write(to: layout.log(run, 1))
    let checkpoint = layout.checkpoints(run).appending(path: "step-00000020")
    try FileManager.default.createDirectory(at: checkpoint, withIntermediateDirectories: true)
    try Data("state".utf8).write(to: checkpoint.appending(path: "state.json"))
  }

  private func export(_ name: String = "runs.tar", withCheckpoints: Bool = false) throws -> URL {
    let url = out.url.appending(path: name)
    _ = try store.exportBundle(of: [run], to: url, withCheckpoints: withCheckpoints)
    return url
  }

  private func files(_ layout: ResultsLayout) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: layout.root.path).filter { !$0.hasPrefix("results.sqlite") }
      .sorted()
  }

  private func refusal(_ url: URL, into workspace: Workspace? = nil) throws -> String {
    let target = try RunStore.open((workspace ?? there).layout)
    let before = try files(target.layout)
    do {
      _ = try BundleImport(into: target).take(url)
      return "imported"
    } catch {
      #expect(try files(target.layout) == before)
      #expect(try target.differencesFromFiles().isEmpty)
      return "\(error)"
    }
  }

  @Test(arguments: ["runs.tar", "runs"]) func importedRunIsTheSameAndASecondTimeChangesNothing(name: String) throws {
    let url = try export(name, withCheckpoints: true)
    // The other workspace knows nothing yet, not even the plan.
    try FileManager.default.removeItem(at: there.layout.plan(there.plan.id))
    let target = try RunStore.open(there.layout)
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.added])
    #expect(try target.details(of: run) == store.details(of: run))
    #expect(try target.differencesFromFiles().isEmpty)
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: there.layout.run(run).path).sorted() == [
        "attempts", "attempts/1", "attempts/1/journal.jsonl", "attempts/1/log.txt", "checkpoints",
        "checkpoints/step-00000020", "checkpoints/step-00000020/state.json", "spec.json",
      ])
    let before = try files(there.layout)
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.unchanged])
    #expect(try files(there.layout) == before)
  }

  @Test func weightsThatAreMissingHereAreTaken() throws {
    let other = try here.fixture.run("dense", 1)
    let digest = SHA256Digest(of: "weights").description
    let whole = AttemptEnd(
      status: .succeeded, reason: "", step: 20, weightsDigest: digest, exitCode: nil, peakMemoryBytes: nil)
    for place in [here, there] {
      try place.journal(other, [loss(10, 2.5), .end(whole)])
      try Self.write(place.layout, other)
    }
    func export(_ text: String) throws -> URL {
      let url = out.url.appending(path: "\(text).tar")
      try Data(text.utf8).write(to: here.layout.weights(other))
      _ = try store.exportBundle(of: [other], to: url, withCheckpoints: false)
      return url
    }
    #expect(try refusal(export("others")).contains("model.safetensors' has SHA-256 "))
    let url = try export("weights")
    let target = try RunStore.open(there.layout)
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.restored])
    #expect(try Data(contentsOf: there.layout.weights(other)) == Data("weights".utf8))
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.unchanged])
  }

  @Test func sameRunsGiveTheSameArchive() throws {
    #expect(try SHA256Digest(ofFileAt: export("one.tar")) == SHA256Digest(ofFileAt: export("two.tar")))
    #expect(throws: RunStoreError.self) { try export("one.tar") }
  }

  @Test func longerJournalIsTakenAndShorterOneLeftAlone() throws {
    let url = try export()
    let journal = there.layout.journal(run, 1)
    try there.journal(run, [loss(10, 2.5), loss(20, 2.25), end(.succeeded)])
    try Self.write(there.layout, run)
    let whole = try Data(contentsOf: journal)
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    // Two lines and the beginning of a third, as a killed process leaves them.
    try Data(lines[0] + [10] + lines[1] + [10] + lines[2].prefix(20)).write(to: journal)
    let target = try RunStore.open(there.layout)
    #expect(try target.standings(of: [run])[run]?.status == .lost)
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.extended])
    #expect(try Data(contentsOf: journal) == whole)
    #expect(try target.standings(of: [run])[run]?.status == .succeeded)
    #expect(try target.differencesFromFiles().isEmpty)
    // A checkpoint that the bundle lacks is not lost.
    #expect(FileManager.default.fileExists(atPath: there.layout.checkpoints(run).path))

    try there.journal(run, attempt: 2, [end(.succeeded)])
    try target.ingest(run: run)
    #expect(try BundleImport(into: target).take(url).map(\.outcome) == [.kept])
    #expect(try target.details(of: run).attempts.count == 2)
  }

  @Test func otherContentsOfARunAreRefusedByName() throws {
    let url = try export()
    try there.journal(run, [loss(10, 2.5), loss(20, 2.75), end(.succeeded)])
    #expect(
      try refusal(url)
        == "run '\(run)' is not the same in '\(there.layout.run(run).path)' and in bundle '\(url.path)': neither's "
        + "journals continue the other's; nothing was imported, move the folder away to take the bundle's")
  }

  @Test func changedByteIsNoticedBeforeAnythingIsTaken() throws {
    let folder = try export("runs")
    let journal = folder.appending(path: "runs/\(run)/attempts/1/journal.jsonl")
    let text = try String(contentsOf: journal, encoding: .utf8)
    try Data(text.replacing("2.25", with: "2.35").utf8).write(to: journal)
    #expect(try refusal(folder).contains("'runs/\(run)/attempts/1/journal.jsonl' has SHA-256 "))
    // Also where the manifest was made to fit.
    try fitManifest(of: folder)
    #expect(try refusal(folder).contains("'runs/\(run)/attempts/1/journal.jsonl' is broken at byte "))
    let archive = try export()
    let bytes = try Data(contentsOf: archive)
    try bytes.prefix(bytes.count / 2).write(to: archive)
    #expect(try refusal(archive).contains("cut off"))
  }

  /// Writes digests and sizes of the files as they are now into the manifest.
  private func fitManifest(of folder: URL) throws {
    let url = folder.appending(path: "bundle.json")
    var manifest = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    manifest["files"] = try #require(manifest["files"] as? [[String: Any]]).map { file in
      let name = try #require(file["name"] as? String)
      let data = try Data(contentsOf: folder.appending(path: name))
      return ["name": name, "bytes": data.count, "sha256": SHA256Digest(of: data).description]
    }
    try JSONSerialization.data(withJSONObject: manifest).write(to: url)
  }

  @Test func runUnderAnotherIDIsRefused() throws {
    let folder = try export("runs")
    let other = "0123456789ab"
    try FileManager.default.moveItem(
      at: folder.appending(path: "runs/\(run)"), to: folder.appending(path: "runs/\(other)"))
    let url = folder.appending(path: "bundle.json")
    try Data(try String(contentsOf: url, encoding: .utf8).replacing(run, with: other).utf8).write(to: url)
    #expect(try refusal(folder).contains("'runs/\(other)/attempts/1/journal.jsonl' is not of run '\(other)'"))
  }

  @Test func linksAndStrangeNamesAreRefused() throws {
    let folder = try export("runs")
    let name = folder.appending(path: "runs/\(run)/error.txt")
    try FileManager.default.createSymbolicLink(atPath: name.path, withDestinationPath: "/etc/passwd")
    #expect(try refusal(folder).contains("'runs/\(run)/error.txt' is a link or something else than a regular file"))
    try FileManager.default.removeItem(at: name)
    try Data().write(to: folder.appending(path: "runs/\(run)/run.sh"))
    #expect(try refusal(folder).contains("'runs/\(run)/run.sh' is no name of a file in a bundle"))
    try FileManager.default.removeItem(at: folder.appending(path: "runs/\(run)/run.sh"))
    try Data().write(to: name)
    #expect(try refusal(folder).contains("its manifest names 4 files, 5 are there"))
  }

  @Test(arguments: [
    ("../evil", "0", "'../evil' is no name of a file in a bundle"),
    ("/etc/evil", "0", "'/etc/evil' is no name of a file in a bundle"),
    ("runs/0123456789ab/../../../spec.json", "0", "is no name of a file in a bundle"),
    ("runs/0123456789ab/spec.json", "2", "'runs/0123456789ab/spec.json' is a link"),
    ("runs/0123456789ab/spec.json", "1", "'runs/0123456789ab/spec.json' is a link"),
    ("bundle.json", "0", "'bundle.json' is there twice"),
  ])
  func entryThatWouldEndUpElsewhereIsRefused(name: String, kind: String, reason: String) throws {
    let archive = try export()
    let entry = Self.header(name, kind)
    try (entry + Data(contentsOf: archive)).write(to: archive)
    #expect(try refusal(archive).contains(reason))
  }

  /// An entry of a tar archive without contents.
  private static func header(_ name: String, _ kind: String) -> Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("00000000000", at: 124)
    put("        ", at: 148)
    put(kind, at: 156)
    put("ustar\u{0}00", at: 257)
    let sum = header.reduce(0) { $0 + Int($1) }
    let octal = String(sum, radix: 8)
    put(String(repeating: "0", count: 6 - octal.count) + octal + "\u{0} ", at: 148)
    return Data(header)
  }

  @Test func runInHandIsNotExported() throws {
    let lock = try #require(try FileLock.take(here.layout.lock(run, 1)))
    #expect(
      throws: RunStoreError.inHand(
        run: run, holder: "another process works on attempt 1; export it when that has ended")
    ) { try export() }
    try lock.release()
  }

  @Test func tablesTellNoValueFromEmptyText() throws {
    let folder = out.url.appending(path: "tables")
    let files = try store.exportCSV(to: folder)
    #expect(files.contains { $0 == ("metric", 2) })
    #expect(files.count == 32)
    let attempts = try String(contentsOf: folder.appending(path: "attempt.csv"), encoding: .utf8)
      .split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let row = Dictionary(uniqueKeysWithValues: zip(attempts[0], attempts[1]))
    // No reason was given, and there is no exit code.
    #expect(row["reason"] == "\"\"")
    #expect(row["exitCode"] == "")
    #expect(row["startedAt"] == "1700001001.0")
    #expect(throws: RunStoreError.self) { try store.exportCSV(to: folder) }
  }

  @Test(arguments: [
    ("plain", "plain"), ("", "\"\""), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
    ("two\r\nlines", "\"two\r\nlines\""), ("=1+1", "\"'=1+1\""), ("@x", "\"'@x\""), ("-0.5", "\"'-0.5\""),
    ("don't", "don't"),
  ])
  func textsAreQuotedWhereTheyMustBe(text: String, field: String) {
    #expect(CSVField.text(text) == field)
  }

  @Test func targetsNameRunsAndArms() throws {
    #expect(try store.targets(String(run.prefix(8))) == [RunTarget(name: run, runs: [run])])
    let arms = try store.targets("tiny:smoke")
    #expect(arms.map(\.name) == ["tiny:smoke:dense", "tiny:smoke:pdp-0.5"])
    #expect(arms[0].runs == [run, try here.fixture.run("dense", 1)])
    #expect(throws: RunStoreError.unknownTarget(text: "tini:smoke", thing: "study", name: "tini", choices: ["tiny"])) {
      try store.targets("tini:smoke")
    }
  }

  @Test func armThatWasRedefinedStandsForItsNewestConfiguration() throws {
    var fixture = PlanFixture()
    fixture.epochs = 5
    let plan = try fixture.plan()
    try store.register(planAt: plan.write(toDirectory: here.layout.plans))
    let target = try #require(try store.targets("tiny:smoke:dense").first)
    #expect(target.runs == plan.arms[0].runs)
    #expect(target.otherConfigurations == 1)
  }
}
