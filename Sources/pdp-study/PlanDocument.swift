import Execution
import Planning

/// What `run` would do, for programs.
struct PlanDocument: Encodable {
  let plan: String
  let study: String
  let profile: String
  let runs: [Run]
  let estimate: Estimate

  struct Run: Encodable {
    let action: String
    let arms: [String]
    let replicate: Int
    let run: String
    let reason: String
    /// Of what is left of it; nil for a run that is not to be done, or of which nothing is known.
    let seconds: Double?
    let memoryBytes: Int?
    let diskBytes: Int?
    /// What its time rests on.
    let basis: String?
  }

  struct Estimate: Encodable {
    let runs: Int
    let jobs: Int
    let threads: Int
    /// Of the runs of which anything is known; nil if there is none.
    let seconds: Double?
    let unknownRuns: Int
    let memoryBytes: Int?
    let diskBytes: Int
    let freeBytes: Int?
  }

  init(_ plan: Plan, _ decisions: [RunDecision], _ estimate: PlanEstimate, free: Int?) {
    self.plan = plan.id
    study = plan.study.slug
    profile = plan.profile.rawValue
    runs = decisions.map { decision in
      let own = estimate.each[decision.run.id]
      return Run(
        action: decision.action.rawValue, arms: decision.arms, replicate: decision.run.replicate, run: decision.run.id,
        reason: decision.reason, seconds: own?.seconds, memoryBytes: own?.memoryBytes, diskBytes: own?.diskBytes,
        basis: own.map { EstimateText.words($0.basis) })
    }
    let isKnown = estimate.unknownRuns < estimate.runs
    self.estimate = Estimate(
      runs: estimate.runs, jobs: estimate.jobs, threads: estimate.threads, seconds: isKnown ? estimate.seconds : nil,
      unknownRuns: estimate.unknownRuns, memoryBytes: estimate.memoryBytes, diskBytes: estimate.diskBytes,
      freeBytes: free)
  }
}
