/// A study at one profile, reduced to data: what to run, and how to report it.
///
/// Frozen as JSON before the first run.
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

  package init(
    schema: Int = Plan.schema, id: String, study: StudyInfo, profile: Profile, arms: [Arm], runs: [Run],
    specs: [String: RunSpec], elements: [Element]
  ) {
    self.schema = schema
    self.id = id
    self.study = study
    self.profile = profile
    self.arms = arms
    self.runs = runs
    self.specs = specs
    self.elements = elements
  }

  /// What identifies the study.
  package struct StudyInfo: Codable, Equatable, Sendable {
    package var slug: String
    package var title: String
    package var question: String
    /// Path of the study file relative to the workspace.
    package var sourcePath: String
    /// SHA-256 of the study file's bytes.
    package var sourceDigest: String

    package init(slug: String, title: String, question: String, sourcePath: String, sourceDigest: String) {
      self.slug = slug
      self.title = title
      self.question = question
      self.sourcePath = sourcePath
      self.sourceDigest = sourceDigest
    }
  }

  /// One configuration under test, at every replicate.
  package struct Arm: Codable, Equatable, Sendable {
    package var name: String
    /// `MethodConfig.name`.
    package var method: String
    /// `Structure.name`.
    package var structure: String
    /// Requested sparsity, 0 for dense; of channels where they are pruned.
    package var sparsity: Double
    package var spec: String
    /// Run ids by replicate.
    package var runs: [String]

    package init(name: String, method: String, structure: String, sparsity: Double, spec: String, runs: [String]) {
      self.name = name
      self.method = method
      self.structure = structure
      self.sparsity = sparsity
      self.spec = spec
      self.runs = runs
    }
  }

  /// One training run.
  package struct Run: Codable, Equatable, Sendable {
    package var id: String
    package var spec: String
    package var replicate: Int
    package var seed: UInt64
    /// Ids of the runs that must have succeeded before this one starts, which come before it in the plan; nil for none.
    package var needs: [String]?

    package init(id: String, spec: String, replicate: Int, seed: UInt64, needs: [String]? = nil) {
      self.id = id
      self.spec = spec
      self.replicate = replicate
      self.seed = seed
      self.needs = needs
    }
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

    package init(name: String, metric: Metric) {
      self.name = name
      self.metric = metric
    }
  }

  package enum Figure: String, Codable, Equatable, Sendable, CaseIterable {
    case accuracyVersusSparsity = "accuracy-versus-sparsity"
    /// In no plan: every report has it whose networks were measured in use.
    case accuracyVersusLatency = "accuracy-versus-latency"
    case curves
    case sparsityOverTraining = "sparsity-over-training"
    case sparsityByLayer = "sparsity-by-layer"
    case sparsityByLayerAndStep = "sparsity-by-layer-and-step"
    case sparsityByMatrix = "sparsity-by-matrix"
    case sequenceLengths = "sequence-lengths"
    case claims
  }

  /// A statement fixed before the runs: `arm`'s metric exceeds `rival`'s by more than `margin`.
  package struct Claim: Codable, Equatable, Sendable {
    package var statement: String
    package var arm: String
    package var rival: String
    /// In the metric's unit (fractions for accuracies).
    package var margin: Double
    package var metric: Metric

    package init(statement: String, arm: String, rival: String, margin: Double, metric: Metric) {
      self.statement = statement
      self.arm = arm
      self.rival = rival
      self.margin = margin
      self.metric = metric
    }
  }

  /// A number from the literature, shown beside the reproduction.
  package struct Published: Codable, Equatable, Sendable {
    package var model: String
    package var dataset: String
    package var method: String
    package var structure: String
    package var sparsity: Double
    /// In percent as published.
    package var value: Double
    package var source: String
    package var note: String
    /// Nil for `top1`; plans from before there were others have none.
    package var metric: Metric?

    package init(
      model: String, dataset: String, method: String, structure: String, sparsity: Double, value: Double,
      source: String, note: String, metric: Metric? = nil
    ) {
      self.model = model
      self.dataset = dataset
      self.method = method
      self.structure = structure
      self.sparsity = sparsity
      self.value = value
      self.source = source
      self.note = note
      self.metric = metric
    }

    package var shownMetric: Metric { metric ?? .top1 }

    private enum CodingKeys: String, CodingKey {
      case model
      case dataset
      case method
      case structure
      case sparsity
      case value = "top1"
      case source
      case note
      case metric
    }
  }

  /// A headline number of a run.
  package enum Metric: String, Codable, Equatable, Sendable, CaseIterable {
    /// Share of test examples classified correctly with the frozen weights, after the last epoch.
    case top1
    /// `top1` on the second part of the examples of evaluation.
    case top1Mismatched = "top1-mismatched"
    case f1
    case matthews
    case pearson
    case spearman
  }
}
