import GRDB

/// Everything that `show` prints about a run.
package struct RunDetails: Equatable, Sendable {
  package var run: RunRow
  package var plan: PlanRow?
  package var attempts: [AttemptRow]
  /// Resolved configuration as key and text, sorted by key.
  package var parameters: [Parameter]
  package var results: [Result]
  /// Newest point of each metric.
  package var lastMetrics: [Metric]
  package var layers: [Layer]
  package var checkpoints: [Checkpoint]
  package var events: [Event]

  /// The plan that the run's newest attempt followed.
  package struct PlanRow: Equatable, Sendable, Codable, FetchableRecord {
    package var id: String
    package var study: String
    package var profile: String
    package var sourcePath: String
  }

  package struct Parameter: Equatable, Sendable, Codable, FetchableRecord {
    package var key: String
    package var type: Kind
    /// As it is shown; empty for a case, which is there or not.
    package var text: String
    /// Nil unless it is one, or 0 or 1 for a Boolean.
    package var number: Double?

    package init(key: String, type: Kind, text: String, number: Double?) {
      self.key = key
      self.type = type
      self.text = text
      self.number = number
    }

    package enum Kind: String, Equatable, Sendable, Codable {
      case text
      case number
      case boolean
      case `case`
    }
  }

  package struct Result: Equatable, Sendable, Codable, FetchableRecord {
    package var name: String
    package var step: Int
    package var value: Double?
    package var kind: String
  }

  package struct Metric: Equatable, Sendable, Codable, FetchableRecord {
    package var name: String
    package var split: String
    package var step: Int
    package var epoch: Double
    package var value: Double?
    package var kind: String
  }

  package struct Layer: Equatable, Sendable, Codable, FetchableRecord {
    package var position: Int
    package var name: String
    package var operation: String
    package var shape: String
    package var parameters: Int
    package var macs: Int
    package var isPrunable: Bool
    package var reason: String
    /// Weights left at the newest point; nil before the first.
    package var nonzero: Int?
  }

  package struct Checkpoint: Equatable, Sendable, Codable, FetchableRecord {
    package var step: Int
    package var attempt: Int
    package var directory: String
  }

  package struct Event: Equatable, Sendable, Codable, FetchableRecord {
    package var attempt: Int
    package var level: String
    package var kind: String
    package var message: String
    package var time: Double
  }
}
