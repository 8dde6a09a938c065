import Planning
import RunStore

/// What the runs of a plan that are left to do take.
package struct PlanEstimate: Sendable {
  /// Runs left to do.
  package private(set) var runs = 0
  package let jobs: Int
  package let threads: Int
  /// Seconds of the runs for which anything is known, `jobs` at a time.
  package private(set) var seconds = 0.0
  /// Runs by what their time rests on, in the order of the plan; their seconds are of one after the other.
  package private(set) var bases: [(basis: Estimator.Basis, runs: Int, seconds: Double)] = []
  /// Most memory at once, with the largest runs beside one another; nil if no run's is known.
  package private(set) var memoryBytes: Int?
  package private(set) var diskBytes = 0
  /// What the runs that are done first need at least, the largest of them.
  package private(set) var firstDiskBytes = 0
  /// By run.
  package private(set) var each: [String: Estimator.Estimate] = [:]

  /// Estimates the decisions of a plan that are to be carried out.
  ///
  /// Of a run that goes on, what is left of its steps counts.
  package init(
    _ decisions: [RunDecision], of plan: Plan, _ estimator: Estimator, jobs: Int, threads: Int
  ) {
    self.jobs = jobs
    self.threads = threads
    var estimator = estimator
    var bySpec: [String: Estimator.Estimate?] = [:]
    var largest = 0
    var draft = 0
    for decision in decisions where decision.isToDo {
      runs += 1
      let spec = decision.run.spec
      if bySpec[spec] == nil { bySpec[spec] = plan.specs[spec].flatMap { estimator.estimate($0) } }
      guard var estimate = bySpec[spec] ?? nil else {
        note(.unknown, 0)
        continue
      }
      estimate.seconds = estimate.seconds.map { $0 * decision.shareLeft(of: estimate.steps) }
      each[decision.run.id] = estimate
      note(estimate.basis, estimate.seconds ?? 0)
      if let memory = estimate.memoryBytes { memoryBytes = max(memoryBytes ?? 0, memory) }
      diskBytes += estimate.diskBytes
      largest = max(largest, estimate.diskBytes)
      draft = max(draft, estimate.draftBytes)
    }
    let beside = min(jobs, runs)
    memoryBytes = memoryBytes.map { $0 * max(1, beside) }
    diskBytes += beside * draft
    firstDiskBytes = beside * (largest + draft)
    seconds = bases.reduce(0) { $0 + $1.seconds } / Double(max(1, beside))
  }

  /// Runs about whose time nothing is known.
  package var unknownRuns: Int { bases.reduce(0) { $0 + ($1.basis == .unknown ? $1.runs : 0) } }

  private mutating func note(_ basis: Estimator.Basis, _ seconds: Double) {
    if let index = bases.firstIndex(where: { $0.basis == basis }) {
      bases[index].runs += 1
      bases[index].seconds += seconds
    } else {
      bases.append((basis, 1, seconds))
    }
  }
}

extension RunDecision {
  /// Share of its steps that a run has to do.
  fileprivate func shareLeft(of steps: Int) -> Double {
    guard action == .resume, let step, steps > 0 else { return 1 }
    return max(0, 1 - Double(step) / Double(steps))
  }
}
