import Foundation
import Planning
import RunStore
import Testing
import Training

@Suite struct JournalTests {
  private let folder: TemporaryFolder
  private let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = folder.url.appending(path: "journal.jsonl")
  }

  private func write(_ entries: [JournalEntry]) throws {
    let writer = try JournalWriter(creating: url) { 1_700_000_000.123 }
    for entry in entries {
      try writer.append(entry)
    }
    try writer.close()
  }

  @Test func linesComeBackAsTheyWereWritten() throws {
    let entries: [JournalEntry] = [
      loss(1, 0.1 + 0.2), loss(2, -.infinity), .beat(Beat(stepsDone: 3)),
      .event(EventRecord(level: .warning, kind: "note", message: "a \"quoted\" line\nand another")),
      end(.diverged, reason: "the loss is nan"),
    ]
    try write(entries)
    let (lines, end, torn) = try JournalReader(url: url).lines()
    #expect(lines.map(\.entry) == entries)
    #expect(lines.map(\.seq) == [1, 2, 3, 4, 5])
    #expect(lines.allSatisfy { $0.time == 1_700_000_000.123 })
    #expect(torn == 0)
    #expect(end.byteOffset == (try Data(contentsOf: url)).count)
  }

  @Test func wireFormIsPinned() throws {
    try write([loss(7, 0.5)])
    #expect(
      try String(contentsOf: url, encoding: .utf8)
        == #"{"seq":1,"time":1700000000.123,"kind":"metric","body":{"epoch":0.7,"name":"loss","split":"train","step":7,"#
        + #""value":0.5},"digest":"fb41acef06a9d8974b503c05b58f363b"}"# + "\n")
  }

  @Test func readingGoesOnFromAnyCursor() throws {
    try write((1...5).map { loss($0, Double($0)) })
    let all = try JournalReader(url: url).lines()
    var cursor = JournalCursor.start
    let text = try Data(contentsOf: url)
    let half = folder.url.appending(path: "half.jsonl")
    var collected: [JournalLine] = []
    for length in stride(from: 0, through: text.count, by: 37) {
      try text.prefix(length).write(to: half)
      let (lines, end, torn) = try JournalReader(url: half).lines(after: cursor)
      #expect(end.byteOffset + torn == length)
      collected += lines
      cursor = end
    }
    try text.write(to: half)
    collected += try JournalReader(url: half).lines(after: cursor).lines
    #expect(collected == all.lines)
  }

  @Test func tornLastLineIsDroppedAndCutOffOnContinuing() throws {
    try write([loss(1, 1), loss(2, 2)])
    let whole = try Data(contentsOf: url)
    try whole.dropLast(5).write(to: url)
    let (lines, _, torn) = try JournalReader(url: url).lines()
    #expect(lines.map(\.entry) == [loss(1, 1)])
    #expect(torn > 0)

    let writer = try JournalWriter(continuing: url) { 1_700_000_000.123 }
    try writer.append(loss(2, 2))
    try writer.close()
    #expect(try Data(contentsOf: url) == whole)
  }

  /// Any one byte of a complete line may be wrong; the last newline alone may be missing.
  @Test func everyFlippedByteIsNoticedAndNamed() throws {
    try write([loss(1, 1), loss(2, 2), loss(3, 3)])
    let whole = try Data(contentsOf: url)
    let starts = [0] + whole.indices.filter { whole[$0] == 10 }.map { $0 + 1 }
    for index in whole.indices.dropLast() {
      var broken = whole
      broken[index] ^= 1
      try broken.write(to: url)
      let lineStart = try #require(starts.last { $0 <= index })
      let reason =
        whole[index] == 10 ? nil : "the line does not match its running digest"
      #expect {
        try JournalReader(url: url).lines()
      } throws: { error in
        guard case .journalBroken(url.path, let byte, let why)? = error as? RunStoreError else { return false }
        return byte == lineStart && (reason == nil || why == reason)
      }
    }
  }

  @Test func brokenMiddleLineIsNamedByItsByte() throws {
    try write([loss(1, 1), loss(2, 2), loss(3, 3)])
    var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    let byte = lines[0].utf8.count + 1
    lines.remove(at: 1)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
    #expect {
      try JournalReader(url: url).lines()
    } throws: { error in
      "\(error)" == """
        journal '\(url.path)' is broken at byte \(byte): the line does not match its running digest; restore the file \
        from a copy, or move its run's folder away to train it anew
        """
    }
  }

  @Test func journalShorterThanWhatWasReadIsAnError() throws {
    try write([loss(1, 1), loss(2, 2)])
    let end = try JournalReader(url: url).lines().end
    try Data().write(to: url)
    #expect(
      throws: RunStoreError.journalBroken(
        path: url.path, byte: 0, reason: "the file ends before byte \(end.byteOffset), which was read earlier")
    ) {
      try JournalReader(url: url).lines(after: end)
    }
  }

  @Test func endlessLineIsRefused() throws {
    try Data(repeating: UInt8(ascii: "x"), count: 3 << 20).write(to: url)
    #expect(
      throws: RunStoreError.journalBroken(path: url.path, byte: 0, reason: "the line is longer than 1048576 bytes")
    ) {
      try JournalReader(url: url).lines()
    }
  }

  @Test func missingJournalIsAnError() {
    #expect(
      throws: RunStoreError.fileSystem(path: url.path, operation: "read", reason: "no such file or directory")
    ) {
      try JournalReader(url: url).lines()
    }
  }

  @Test func linesReachTheFileAfterASecondAndCheckpointsAtOnce() throws {
    var now = 100.0
    let writer = try JournalWriter(creating: url) { now }
    try writer.append(loss(1, 1))
    #expect(try Data(contentsOf: url).isEmpty)
    now += 1
    try writer.flushIfDue()
    #expect(try JournalReader(url: url).lines().lines.count == 1)
    try writer.append(.checkpoint(CheckpointRecord(step: 1, directory: "step-00000001", digest: "c")))
    #expect(try JournalReader(url: url).lines().lines.count == 2)
  }
}
