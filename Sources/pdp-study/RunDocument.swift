import Foundation
import RunStore

/// Everything about a run, for programs.
struct RunDocument: Encodable {
  /// One value of a configuration.
  enum Setting: Encodable {
    case text(String)
    case number(Double)
    case boolean(Bool)

    init(_ parameter: RunDetails.Parameter) {
      self =
        switch parameter.type {
        case .text: .text(parameter.text)
        case .number: parameter.number.map { .number($0) } ?? .text(parameter.text)
        case .boolean: .boolean(parameter.number == 1)
        case .case: .boolean(true)
        }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number): try container.encode(number)
      case .boolean(let isTrue): try container.encode(isTrue)
      }
    }
  }

  let run: RunRow
  let folder: String
  let newestCheckpoint: String?
  /// The command that does the run again; nil if no plan has it.
  let command: String?
  /// By dotted path; what is only there or not is true.
  let configuration: [String: Setting]
  let attempts: [AttemptRow]
  let results: [RunDetails.Result]
  let lastMetrics: [RunDetails.Metric]
  let layers: [RunDetails.Layer]
  let checkpoints: [RunDetails.Checkpoint]
  let events: [RunDetails.Event]

  init(_ details: RunDetails, _ layout: ResultsLayout) {
    run = details.run
    folder = layout.run(run.run).path
    newestCheckpoint = details.checkpoints.last.map {
      layout.checkpoints(details.run.run).appending(path: $0.directory).path
    }
    command = Self.command(details)
    configuration = Dictionary(
      details.parameters.map { ($0.key, Setting($0)) }, uniquingKeysWith: { first, _ in first })
    attempts = details.attempts
    results = details.results
    lastMetrics = details.lastMetrics
    layers = details.layers
    checkpoints = details.checkpoints
    events = details.events
  }

  /// The first lines of what people see.
  var overview: [String] {
    var lines = ["run \(run.run): \(run.status.rawValue)" + (run.reason.isEmpty ? "" : ", \(run.reason)")]
    lines.append(
      "study \(run.study), profile \(run.profile), arm \(run.arm ?? "?"), replicate \(run.replicate), seed \(run.seed)")
    lines.append("folder \(folder)")
    if let digest = run.weightsDigest { lines.append("weights SHA-256 \(digest)") }
    if let newestCheckpoint { lines.append("newest checkpoint \(newestCheckpoint)") }
    if let command { lines.append("to do it again: \(command)") }
    if let attempt = attempts.last, !attempt.codeCommit.isEmpty {
      lines.append("with the code of commit \(attempt.codeCommit)" + (attempt.isDirty ? " and local changes" : ""))
    }
    return lines
  }

  private static func command(_ details: RunDetails) -> String? {
    guard let plan = details.plan, let arm = details.run.arm?.split(separator: ", ").first else { return nil }
    let path = plan.sourcePath.isEmpty ? plan.study : plan.sourcePath
    return "pdp-study run \(path) --profile \(plan.profile) --seeds \(details.run.replicate) --only arm=\(arm) --force"
  }
}
