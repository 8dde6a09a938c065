import Foundation
import Glibc
import Testing

/// Processes are killed at random moments, and in the end everything is as if they had not been.
@Suite(.serialized) struct KillTests {
  private static let arguments = [
    "run", "tiny", "--profile", "bench", "--retry-failed", "-j", "2", "--threads", "1", "--progress", "none",
  ]
  /// Seconds between checkpoints: about one a step, so that many kills fall into one.
  private static let interval = "0.01"

  /// A few in every test run; `make fuzz-kill` asks for more.
  private static var kills: Int { number("FUZZ_KILLS") ?? 10 }
  private static var seed: UInt64 { UInt64(number("FUZZ_SEED") ?? 20_261_127) }

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  private enum Deed: CaseIterable {
    case killProgram
    case stopProgram
    case killWorker
    case stopWorker
    case killAll
  }

  @Test func killedAtAnyMomentAndContinuedEverythingIsAsIfUninterrupted() throws {
    let whole = try Workplace()
    let start = ContinuousClock.now
    #expect(try whole.start(Self.arguments).finish().code == 0)
    let usual = (ContinuousClock.now - start) / .seconds(1)
    let expected = try account(of: whole)
    #expect(expected["runs"]?.split(separator: "\n").count == 5)

    var random = SplitMix(state: Self.seed)
    var deeds: [Deed: Int] = [:]
    var rounds = 0
    while deeds.values.reduce(0, +) < Self.kills {
      let place = try Workplace()
      rounds += 1
      var calls = 0
      while true {
        let left = Self.kills - deeds.values.reduce(0, +)
        let (process, finish) = try place.start(Self.arguments + ["--checkpoint-every", Self.interval])
        calls += 1
        if left > 0 {
          usleep(UInt32(1e6 * usual * random.fraction()))
          let deed = Deed.allCases[Int(random.next() % UInt64(Deed.allCases.count))]
          if carryOut(deed, on: process.processIdentifier, &random) { deeds[deed, default: 0] += 1 }
        }
        let outcome = try finish()
        if outcome.code == 0 { break }
        guard calls < 200 else {
          Issue.record("not done after \(calls) calls, seed \(Self.seed): \(outcome)")
          return
        }
        // Workers whose program was killed end at their next step.
        try waitForWorkers(in: place)
      }
      let found = try account(of: place)
      for (what, text) in expected where found[what] != text {
        Issue.record("\(what), round \(rounds), seed \(Self.seed): \(difference(of: found[what] ?? "", from: text))")
      }
      let check = try place.run("db", "check")
      #expect(check.code == 0, "\(check), round \(rounds), seed \(Self.seed)")
      #expect(try place.run("clean", "--yes").code == 0)
      #expect(try place.run("clean").diagnostics == "nothing to delete\n")
    }
    print(
      "\(deeds.values.reduce(0, +)) kills in \(rounds) rounds, seed \(Self.seed): "
        + Deed.allCases.map { "\($0) \(deeds[$0] ?? 0)" }.joined(separator: ", "))
  }

  /// Everything that must not depend on what happened meanwhile, by name.
  private func account(of place: Workplace) throws -> [String: String] {
    let queries = [
      "runs": "SELECT arm, replicate, seed, status, step, weightsDigest FROM v_runs ORDER BY arm, replicate",
      "metrics": """
      SELECT arm, replicate, name, split, m.step, epoch, value, kind FROM v_metrics AS m JOIN v_runs USING (run)
      WHERE name <> 'examples-per-second' ORDER BY arm, replicate, name, split, m.step
      """,
      "layers": """
      SELECT arm, replicate, layer, s.step, epoch, nonzero, total, threshold, maskFlips, weightNorm
      FROM v_layer_stats AS s JOIN v_runs USING (run) ORDER BY arm, replicate, layer, s.step
      """,
      "results": """
      SELECT arm, replicate, name, value FROM result JOIN v_runs USING (run)
      WHERE name NOT LIKE '%-seconds' AND name <> 'peak-memory-bytes' ORDER BY arm, replicate, name
      """,
      "replays": "SELECT * FROM v_replay_audit",
    ]
    var account: [String: String] = [:]
    for (name, sql) in queries {
      let outcome = try place.run("query", "--format", "csv", "--limit", "100000", sql)
      #expect(outcome.code == 0, "\(outcome.diagnostics)")
      account[name] = outcome.output
    }
    let reports = place.root.appending(path: "results/reports/tiny/bench")
    for file in try FileManager.default.contentsOfDirectory(atPath: reports.path) {
      let bytes = try Data(contentsOf: reports.appending(path: file))
      // How long it took is another matter.
      account[file] =
        file.hasSuffix(".md") || file.hasSuffix(".html")
        ? String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.contains("of training over") }
          .joined(separator: "\n")
        : bytes.base64EncodedString()
    }
    return account
  }

  /// The first lines of both that the other does not have.
  private func difference(of found: String, from expected: String) -> String {
    let (ours, theirs) = (found.split(separator: "\n"), expected.split(separator: "\n"))
    let extra = ours.first { !theirs.contains($0) }.map { $0.prefix(200) } ?? "nothing"
    let missing = theirs.first { !ours.contains($0) }.map { $0.prefix(200) } ?? "nothing"
    return "\(ours.count) lines, expected \(theirs.count); there is \(extra), and missing is \(missing)"
  }

  /// - Returns: whether there was somebody to do it to.
  private func carryOut(_ deed: Deed, on program: pid_t, _ random: inout SplitMix) -> Bool {
    let workers = children(of: program)
    switch deed {
    case .killProgram: return kill(program, SIGKILL) == 0
    case .stopProgram: return kill(program, SIGTERM) == 0
    case .killWorker, .stopWorker:
      guard !workers.isEmpty else { return false }
      let worker = workers[Int(random.next() % UInt64(workers.count))]
      return kill(worker, deed == .killWorker ? SIGKILL : SIGTERM) == 0
    case .killAll:
      let isThere = kill(program, SIGKILL) == 0
      for worker in workers { kill(worker, SIGKILL) }
      return isThere
    }
  }

  private func children(of parent: pid_t) -> [pid_t] {
    let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
    var found = (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    // Threads other than the first may have started some.
    for task in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? [] {
      let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(task)/children", encoding: .utf8)
      found += (text ?? "").split(separator: " ").compactMap { pid_t($0) }.filter { !found.contains($0) }
    }
    return found.sorted()
  }

  private func waitForWorkers(in place: Workplace) throws {
    let runs = place.root.appending(path: "results/runs")
    for _ in 0..<6000 {
      let locks = ((try? FileManager.default.subpathsOfDirectory(atPath: runs.path)) ?? []).filter {
        $0.hasSuffix("/live.lock")
      }
      let isAnyHeld = locks.contains { lock in
        let descriptor = open(runs.appending(path: lock).path, O_RDONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
      }
      if !isAnyHeld { return }
      usleep(10_000)
    }
    Issue.record("a worker did not end within a minute after its program")
  }
}

/// SplitMix64, so that a failure can be repeated from its seed.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// From 0 up to 1.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
