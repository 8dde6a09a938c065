import Digests
import Foundation
import GRDB
import Training

extension ResultsLayout {
  package var latencies: URL { root.appending(path: "latencies", directoryHint: .isDirectory) }

  package func latencies(study: String, profile: String) -> URL {
    latencies.appending(path: "\(study).\(profile).jsonl")
  }
}

extension RunStore {
  /// Keeps what was measured: in the study's file of measurements first, then in the database.
  ///
  /// - Throws: `RunStoreError.latenciesBroken` for a file that is not what was written, and nothing is kept then.
  package func add(_ latencies: [Latency], study: String, profile: String) throws(RunStoreError) {
    try LatencyFile(url: layout.latencies(study: study, profile: profile)).append(latencies)
    if let fault = try ingestLatencies().first { throw fault }
  }

  /// Takes in every file of measurements that is not the one known, and forgets those that are gone.
  ///
  /// - Returns: what is wrong with files of which nothing is taken in; the others are in.
  /// - Throws: the database's refusal.
  /// - Cost: reads the files, of some kilobytes a measured study.
  @discardableResult
  package func ingestLatencies() throws(RunStoreError) -> [RunStoreError] {
    let known = try read { db in
      try Row.fetchAll(db, sql: "SELECT file, digest FROM latencyFile")
        .reduce(into: [String: String]()) { $0[$1["file"]] = $1["digest"] }
    }
    var faults: [RunStoreError] = []
    let files = try latencyFiles()
    for file in known.keys.sorted() where !files.contains(file) { try replaceLatencies(of: file, digest: nil, []) }
    for file in files {
      let url = layout.latencies.appending(path: file)
      do throws(RunStoreError) {
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
          throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
        }
        let digest = SHA256Digest(of: data).description
        guard known[file] != digest else { continue }
        try replaceLatencies(of: file, digest: digest, LatencyFile.latencies(in: [UInt8](data), path: url.path))
      } catch {
        guard error.isOfAFile else { throw error }
        if known[file] != nil { try replaceLatencies(of: file, digest: nil, []) }
        faults.append(error)
      }
    }
    return faults
  }

  private func latencyFiles() throws(RunStoreError) -> [String] {
    guard FileManager.default.fileExists(atPath: layout.latencies.path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: layout.latencies.path).sorted()
        .filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }
    } catch {
      throw .fileSystem(path: layout.latencies.path, operation: "list", reason: plainReason(error))
    }
  }

  /// With no digest, what is known of the file is forgotten.
  private func replaceLatencies(
    of file: String, digest: String?, _ latencies: [Latency]
  ) throws(RunStoreError) {
    try write { db in
      try db.execute(sql: "DELETE FROM latency WHERE file = ?", arguments: [file])
      try db.execute(sql: "DELETE FROM latencyFile WHERE file = ?", arguments: [file])
      guard let digest else { return }
      try db.execute(sql: "INSERT INTO latencyFile (file, digest) VALUES (?, ?)", arguments: [file, digest])
      for (index, latency) in latencies.enumerated() {
        let machine = latency.provenance
        try db.execute(
          sql: """
            INSERT INTO latency (file, line, run, study, profile, weightsDigest, batch, threads, rounds, seconds,
              lowerSeconds, upperSeconds, denseRun, denseSeconds, denseLowerSeconds, denseUpperSeconds, layers,
              layersDense, activationBytes, host, cpu, toolchain, codeCommit, isDirty, binaryDigest, backend, libraries,
              measuredAt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: [
            file, index + 1, latency.run, latency.study, latency.profile, latency.weightsDigest, latency.batch,
            machine.threads, latency.rounds, latency.seconds.median, latency.seconds.lower, latency.seconds.upper,
            latency.denseRun, latency.denseSeconds?.median, latency.denseSeconds?.lower, latency.denseSeconds?.upper,
            latency.layers, latency.layersDense, latency.activationBytes, machine.host, machine.cpu, machine.toolchain,
            machine.commit, machine.isDirty, machine.binaryDigest, machine.backend,
            String(decoding: try JournalCoding.encoder().encode(machine.libraries), as: UTF8.self), latency.measuredAt,
          ])
      }
    }
  }

  /// The newest measurement of a run, one example at a time, with the weights that it has now; nil if there is none.
  static func latency(of run: String, in db: Database) throws -> Latency? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT latency.* FROM latency JOIN run ON run.id = latency.run
        WHERE latency.run = ? AND batch = 1 AND latency.weightsDigest = run.weightsDigest
        ORDER BY measuredAt DESC, file, line DESC LIMIT 1
        """)
    guard let row = try Row.fetchOne(statement, arguments: [run]) else { return nil }
    let libraries: String = row["libraries"]
    let dense: Double? = row["denseSeconds"]
    return Latency(
      run: run, study: row["study"], profile: row["profile"], weightsDigest: row["weightsDigest"], batch: row["batch"],
      rounds: row["rounds"],
      seconds: Latency.Quartiles(lower: row["lowerSeconds"], median: row["seconds"], upper: row["upperSeconds"]),
      denseRun: row["denseRun"],
      denseSeconds: dense.map {
        Latency.Quartiles(lower: row["denseLowerSeconds"], median: $0, upper: row["denseUpperSeconds"])
      }, layers: row["layers"], layersDense: row["layersDense"], activationBytes: row["activationBytes"],
      provenance: Provenance(
        backend: row["backend"], host: row["host"], threads: row["threads"], commit: row["codeCommit"],
        isDirty: row["isDirty"], binaryDigest: row["binaryDigest"], toolchain: row["toolchain"], cpu: row["cpu"],
        libraries: try JournalCoding.decoder().decode([String: String].self, from: Data(libraries.utf8))),
      measuredAt: row["measuredAt"])
  }
}

extension RunStoreError {
  /// Whether it is about what one file holds, and says nothing about the others.
  fileprivate var isOfAFile: Bool {
    switch self {
    case .latenciesBroken, .fileSystem: true
    default: false
    }
  }
}
