import Execution
import Planning

/// What will be done about the runs of a plan, as a table.
enum DecisionTable {
  static func table(_ decisions: [RunDecision]) -> TextTable {
    TextTable(
      columns: ["action", "arm", "replicate", "run", "reason"],
      rows: decisions.map { decision in
        [
          .text(decision.action.rawValue), .text(decision.arms.joined(separator: ", ")),
          .number("\(decision.run.replicate)"), .text(decision.run.id), .text(decision.reason),
        ]
      })
  }
}
