/// A study at one profile, reduced to data: what to run, and how to report it. Frozen as JSON before the first run.
package struct Plan: Codable, Equatable, Sendable {
  package static let schema = 1

  package var schema: Int
  /// SHA-256, shortened, of everything else in the plan.
  package var id: String
  package var study: StudyInfo
  package var profile: Profile
  package var arms: [Arm]
  /// Each run once, in execution order; arms with equal configurations share runs.
  package var runs: [Run]
  /// Spec id to configuration.
  package var specs: [String: RunSpec]
  /// The report's parts in the order of the study file.
  package var elements: [Element]

  /// What identifies the study.
  package struct StudyInfo: Codable, Equatable, Sendable {
    package var slug: String
    package var title: String
    package var question: String
    /// Path of the study file relative to the workspace.
    package var sourcePath: String
    /// SHA-256 of the study file's bytes.
    package var sourceDigest: String
  }

  /// One configuration under test, at every replicate.
  package struct Arm: Codable, Equatable, Sendable {
    package var name: String
    /// `MethodConfig.name`.
    package var method: String
    /// `unstructured`.
    package var structure: String
    /// Requested sparsity, 0 for dense.
    package var sparsity: Double
    package var spec: String
    /// Run ids by replicate.
    package var runs: [String]
  }

  /// One training run.
  package struct Run: Codable, Equatable, Sendable {
    package var id: String
    package var spec: String
    package var replicate: Int
    package var seed: UInt64
  }

  /// One part of the report.
  package enum Element: Codable, Equatable, Sendable {
    /// Markdown prose.
    case text(String)
    case table(Table)
    case figure(Figure)
    case claim(Claim)
    case published(Published)
  }

  package struct Table: Codable, Equatable, Sendable {
    package var name: String
    /// The metric in its cells.
    package var metric: Metric
  }

  package enum Figure: String, Codable, Equatable, Sendable, CaseIterable {
    case accuracyVersusSparsity = "accuracy-versus-sparsity"
    case curves
    case sparsityOverTraining = "sparsity-over-training"
    case sparsityByLayer = "sparsity-by-layer"
  }

  /// A statement fixed before the runs: `arm`'s metric exceeds `rival`'s by more than `margin`.
  package struct Claim: Codable, Equatable, Sendable {
    package var statement: String
    package var arm: String
    package var rival: String
    /// In the metric's unit (fractions for accuracies).
    package var margin: Double
    package var metric: Metric
  }

  /// A number from the literature, shown beside the reproduction.
  package struct Published: Codable, Equatable, Sendable {
    package var model: String
    package var dataset: String
    package var method: String
    package var structure: String
    package var sparsity: Double
    /// In percent as published.
    package var top1: Double
    package var source: String
    package var note: String
  }

  /// A headline number of a run.
  package enum Metric: String, Codable, Equatable, Sendable, CaseIterable {
    /// Share of test examples classified correctly with the frozen weights, after the last epoch.
    case top1
  }
}
