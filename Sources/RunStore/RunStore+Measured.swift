import Foundation
import GRDB
import Planning
import Pruning

/// What finished runs of one configuration took, on one kind of machine.
package struct MeasuredConfiguration: Equatable, Sendable {
  package var spec: RunSpec
  package var cpu: String
  /// Compiler and build of the program.
  package var toolchain: String
  package var threads: Int
  package var runs: Int
  /// Mean seconds from the start to the end of a run, evaluation and checkpoints included.
  package var seconds: Double
  /// Mean seconds in training steps; nil where no run has told, and for searches, which tell of the last training alone.
  package var trainingSeconds: Double?
  /// Most that any of the runs held; nil where the kernel did not say.
  package var peakMemoryBytes: Int?
  /// Mean length of the journals of a run.
  package var journalBytes: Double

  package init(
    spec: RunSpec, cpu: String, toolchain: String, threads: Int, runs: Int, seconds: Double,
    trainingSeconds: Double?, peakMemoryBytes: Int?, journalBytes: Double
  ) {
    self.spec = spec
    self.cpu = cpu
    self.toolchain = toolchain
    self.threads = threads
    self.runs = runs
    self.seconds = seconds
    self.trainingSeconds = trainingSeconds
    self.peakMemoryBytes = peakMemoryBytes
    self.journalBytes = journalBytes
  }
}

extension RunStore {
  /// What all runs took that have succeeded; of a run that was done again, the last time counts.
  ///
  /// Configurations that this version cannot read are left out.
  package func measuredConfigurations() throws(RunStoreError) -> [MeasuredConfiguration] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          WITH done AS (
            SELECT run.id, run.spec, last.cpu, last.toolchain, last.threads, last.peakMemoryBytes, coalesce((
              SELECT max(n) FROM attempt WHERE run = run.id AND n < last.n AND status = 'succeeded'
            ), 0) AS before
            FROM run JOIN attempt AS last ON last.run = run.id
              AND last.n = (SELECT max(n) FROM attempt WHERE run = run.id)
            WHERE run.status = 'succeeded'
          )
          SELECT min(spec.json) AS json, cpu, toolchain, threads, count(*) AS runs,
            max(peakMemoryBytes) AS peakMemoryBytes,
            avg((
              SELECT sum(coalesce(endedAt, beatAt) - startedAt) FROM attempt WHERE run = done.id AND n > before
            )) AS seconds,
            avg((SELECT value FROM result WHERE run = done.id AND name = 'training-seconds')) AS trainingSeconds,
            -- By their names, which are the table's key: '0' comes right after '/'.
            avg((
              SELECT sum(byteOffset) FROM journalCursor
              WHERE journal > 'runs/' || done.id || '/' AND journal < 'runs/' || done.id || '0' AND attempt > before
            )) AS journalBytes
          FROM done JOIN spec ON spec.id = done.spec
          GROUP BY done.spec, cpu, toolchain, threads ORDER BY done.spec, cpu, toolchain, threads
          """)
      return rows.compactMap { row in
        let json: String = row["json"]
        guard let spec = try? JournalCoding.decoder().decode(RunSpec.self, from: Data(json.utf8)) else { return nil }
        return MeasuredConfiguration(
          spec: spec, cpu: row["cpu"], toolchain: row["toolchain"], threads: row["threads"], runs: row["runs"],
          seconds: row["seconds"] ?? 0, trainingSeconds: spec.pruning.search == nil ? row["trainingSeconds"] : nil,
          peakMemoryBytes: row["peakMemoryBytes"], journalBytes: row["journalBytes"] ?? 0)
      }
    }
  }
}
