import GRDB

/// A run as listings show it; one row of `v_runs`.
package struct RunRow: Equatable, Sendable, Codable, FetchableRecord {
  package var run: String
  package var study: String
  package var profile: String
  /// Names of the arms that this run serves, joined by commas; nil where no known plan holds it.
  package var arm: String?
  package var model: String
  package var dataset: String
  package var method: String
  package var structure: String
  package var sparsity: Double
  package var replicate: Int
  package var seed: Int
  package var numerics: Int?
  package var status: RunStatus
  package var reason: String
  package var step: Int?
  package var epochs: Int
  package var attempts: Int
  package var top1: Double?
  package var sparsityAchieved: Double?
  /// Seconds since 1970.
  package var startedAt: Double?
  package var endedAt: Double?
  package var trainingSeconds: Double?
  package var weightsDigest: String?
  package var spec: String
}
