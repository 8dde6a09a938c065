import Planning
import RunStore

/// All that a report is made of; rendering is a pure function of it.
package struct ReportData: Equatable, Sendable {
  package let plan: Plan
  /// What is known of each run by its id; a run without an entry was never started.
  package var runs: [String: RunEvidence]
  private let replicates: [String: Int]

  package init(plan: Plan, runs: [RunEvidence]) {
    self.plan = plan
    replicates = Dictionary(plan.runs.map { ($0.id, $0.replicate) }, uniquingKeysWith: { first, _ in first })
    self.runs = Dictionary(runs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The runs of `arm` in the order of their replicates, with what is known of each.
  func runs(of arm: Plan.Arm) -> [(replicate: Int, evidence: RunEvidence)] {
    arm.runs.enumerated().map { position, id in
      (replicates[id] ?? position, runs[id] ?? RunEvidence(id: id, status: .planned))
    }.sorted { $0.replicate < $1.replicate }
  }

  /// Arms with the dense baseline first, else in the order of the study file.
  var orderedArms: [Plan.Arm] {
    plan.arms.filter { $0.method == Plan.Arm.dense } + plan.arms.filter { $0.method != Plan.Arm.dense }
  }
}

extension Plan.Arm {
  /// Method name of a network that is not pruned.
  static let dense = "dense"
}
