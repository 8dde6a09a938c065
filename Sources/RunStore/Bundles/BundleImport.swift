import Digests
import Foundation
import Glibc
import Planning

/// Takes run folders out of bundles into a workspace.
package struct BundleImport {
  private let store: RunStore
  private var layout: ResultsLayout { store.layout }

  /// What became of a run of a bundle.
  package enum Outcome: String, Sendable {
    case added
    /// Its journals are here already.
    case unchanged
    /// Likewise, without exported weights, which were put beside them.
    case restored
    /// It was here with shorter journals, which the bundle's continue.
    case extended
    /// It is here with journals that continue the bundle's.
    case kept
  }

  package init(into store: RunStore) {
    self.store = store
  }

  /// Verifies a bundle, a folder or a tar archive, and takes in what is not here.
  ///
  /// Nothing is put in place before all of it has been verified. A new run's folder appears under its name complete; of a
  /// run that is here, journals are only ever replaced by longer ones that begin with the same lines.
  ///
  /// - Returns: what became of each run, in the order of their ids.
  /// - Throws: `RunStoreError.bundleInvalid`, `.journalBroken`, `.plan`; `.bundleConflict` if a run is here with other
  ///   contents; `.inHand`, `.diskFull`, `.fileSystem`.
  package func take(_ url: URL) throws(RunStoreError) -> [(run: String, outcome: Outcome)] {
    let source = try BundleSource(url)
    try checkRoom(for: source)
    let staging = layout.root.appending(path: ".import-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { try? FileManager.default.removeItem(at: staging) }
    let staged = ResultsLayout(root: staging)
    try staged.prepare()
    for file in source.manifest.files { try source.copy(file, to: staging.appending(path: file.name)) }
    let runs = Set(source.manifest.files.compactMap { BundleName.run(of: $0.name) }).sorted()
    let plans = source.manifest.plans
    guard runs == source.manifest.runs, plans.count + source.runFiles == source.manifest.files.count else {
      throw .bundleInvalid(path: url.path, reason: "its manifest names other runs or plans than its files")
    }
    for plan in plans { try check(plan, in: staged, of: source) }
    for run in runs { try check(run: run, in: staged, of: source) }
    var outcomes: [(run: String, outcome: Outcome)] = []
    for run in runs { outcomes.append((run, try outcome(of: run, in: staged, of: source))) }
    for plan in plans { try place(plan, from: staged) }
    for (run, outcome) in outcomes {
      switch outcome {
      case .added: try rename(staged.run(run), layout.run(run))
      case .extended: try extend(run, from: staged)
      case .restored: try rename(staged.weights(run), layout.weights(run))
      case .unchanged, .kept: break
      }
      // Also of those that are here: an earlier import may have been cut short before this.
      try store.ingest(run: run)
    }
    return outcomes
  }

  private func checkRoom(for source: BundleSource) throws(RunStoreError) {
    guard let free = layout.freeBytes, free < source.bytes else { return }
    throw .fileSystem(
      path: source.url.path, operation: "import",
      reason: "it has \(source.bytes) bytes, \(free) are free in '\(layout.root.path)'")
  }

  private func check(_ plan: String, in staged: ResultsLayout, of source: BundleSource) throws(RunStoreError) {
    let found: Plan
    do throws(PlanningError) { found = try Plan.read(from: staged.plan(plan)) } catch {
      throw .bundleInvalid(path: source.url.path, reason: "'plans/\(plan).json' is no whole plan: \(error)")
    }
    guard found.id == plan else {
      throw .bundleInvalid(path: source.url.path, reason: "'plans/\(plan).json' is plan '\(found.id)'")
    }
  }

  /// That every journal is whole and all of a run's files belong to it.
  private func check(run: String, in staged: ResultsLayout, of source: BundleSource) throws(RunStoreError) {
    func invalid(_ reason: String) -> RunStoreError { .bundleInvalid(path: source.url.path, reason: reason) }
    guard let text = FileManager.default.contents(atPath: staged.spec(run).path) else {
      throw invalid("run '\(run)' has no spec.json")
    }
    let spec = SHA256Digest(of: text).description
    let attempts = try staged.attemptNumbers(run)
    guard attempts == Array(1...max(1, attempts.count)) else {
      throw invalid("run '\(run)' has attempts \(attempts), expected 1, 2, …")
    }
    var weights: String?
    for attempt in attempts {
      let name = "runs/\(run)/attempts/\(attempt)/journal.jsonl"
      let lines: [JournalLine]
      do throws(RunStoreError) {
        lines = try JournalReader(url: staged.journal(run, attempt)).lines().lines
      } catch {
        guard case .journalBroken(_, let byte, let reason) = error else { throw error }
        throw invalid("'\(name)' is broken at byte \(byte): \(reason)")
      }
      guard case .attempt(let start) = lines.first?.entry, start.run == run, start.attempt == attempt,
        start.specID == spec,
        run == Plan.Run.id(spec: spec, replicate: start.replicate, seed: start.seed, numerics: start.numerics)
      else { throw invalid("'\(name)' is not of run '\(run)', attempt \(attempt), with its spec.json") }
      if case .end(let end) = lines.last?.entry { weights = end.weightsDigest }
    }
    let file = source.manifest.files.first { $0.name == "runs/\(run)/model.safetensors" }
    if let file, let weights, file.sha256 != weights {
      throw invalid("'\(file.name)' has SHA-256 \(file.sha256), its journal says \(weights)")
    }
  }

  private func outcome(
    of run: String, in staged: ResultsLayout, of source: BundleSource
  ) throws(RunStoreError) -> Outcome {
    guard FileManager.default.fileExists(atPath: layout.run(run).path) else { return .added }
    let relation = try JournalRelation(of: journals(of: run, in: layout), to: journals(of: run, in: staged))
    switch relation {
    case .equal:
      let isThere = FileManager.default.fileExists(atPath:)
      return isThere(staged.weights(run).path) && !isThere(layout.weights(run).path) ? .restored : .unchanged
    case .longer: return .kept
    case .shorter:
      if let last = try layout.attemptNumbers(run).last, FileLock.isHeld(layout.lock(run, last)) {
        throw .inHand(run: run, holder: "another process works on attempt \(last)")
      }
      return .extended
    case .different:
      throw .bundleConflict(run: run, here: layout.run(run).path, bundle: source.url.path)
    }
  }

  /// The complete lines of each of a run's journals, in the order of attempts.
  private func journals(of run: String, in layout: ResultsLayout) throws(RunStoreError) -> [Data] {
    var journals: [Data] = []
    for attempt in try layout.attemptNumbers(run) {
      let url = layout.journal(run, attempt)
      do {
        let data = try Data(contentsOf: url, options: .mappedIfSafe)
        journals.append(data[..<(data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? data.startIndex)])
      } catch {
        throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
      }
    }
    return journals
  }

  private func place(_ plan: String, from staged: ResultsLayout) throws(RunStoreError) {
    let target = layout.plan(plan)
    if !FileManager.default.fileExists(atPath: target.path) { try rename(staged.plan(plan), target) }
    try store.register(planAt: target)
  }

  /// Continues the journals of a run that is here, with what belongs to them.
  private func extend(_ run: String, from staged: ResultsLayout) throws(RunStoreError) {
    // The folder is a whole run after each step: what a journal tells of comes before its lines.
    try renameIfThere(staged.weights(run), layout.weights(run))
    for checkpoint in try names(in: staged.checkpoints(run)) {
      let target = layout.checkpoints(run).appending(path: checkpoint)
      guard !FileManager.default.fileExists(atPath: target.path) else { continue }
      try makeFolder(layout.checkpoints(run))
      try rename(staged.checkpoints(run).appending(path: checkpoint), target)
    }
    for attempt in try staged.attemptNumbers(run) {
      guard FileManager.default.fileExists(atPath: layout.attempt(run, attempt).path) else {
        try rename(staged.attempt(run, attempt), layout.attempt(run, attempt))
        continue
      }
      try renameIfThere(staged.log(run, attempt), layout.log(run, attempt))
      try rename(staged.journal(run, attempt), layout.journal(run, attempt))
    }
    if FileManager.default.fileExists(atPath: staged.error(run).path) {
      try rename(staged.error(run), layout.error(run))
    } else {
      try? FileManager.default.removeItem(at: layout.error(run))
    }
  }

  private func names(in folder: URL) throws(RunStoreError) -> [String] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    do { return try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      throw .fileSystem(path: folder.path, operation: "list", reason: plainReason(error))
    }
  }

  private func makeFolder(_ url: URL) throws(RunStoreError) {
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      throw .fileSystem(path: url.path, operation: "create the folder", reason: plainReason(error))
    }
  }

  private func renameIfThere(_ old: URL, _ new: URL) throws(RunStoreError) {
    if FileManager.default.fileExists(atPath: old.path) { try rename(old, new) }
  }

  private func rename(_ old: URL, _ new: URL) throws(RunStoreError) {
    guard Glibc.rename(old.path, new.path) == 0 else { throw Self.refusal(new) }
  }

  private static func refusal(_ url: URL) -> RunStoreError {
    .fileSystem(path: url.path, operation: "put in place", reason: String(cString: strerror(errno)).lowercased())
  }
}

/// How the journals of one run in two places go together.
enum JournalRelation: Equatable {
  case equal
  /// Those here are the beginning of the others.
  case shorter
  /// The others are the beginning of those here.
  case longer
  case different

  init(of here: [Data], to there: [Data]) {
    let common = min(here.count, there.count)
    for attempt in 0..<common where here[attempt] != there[attempt] {
      // Only the last journal can have been cut short.
      if attempt == here.count - 1, there[attempt].starts(with: here[attempt]) {
        self = .shorter
      } else if attempt == there.count - 1, here[attempt].starts(with: there[attempt]) {
        self = .longer
      } else {
        self = .different
      }
      return
    }
    self = here.count == there.count ? .equal : here.count < there.count ? .shorter : .longer
  }
}
