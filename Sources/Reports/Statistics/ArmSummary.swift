import Planning
import Pruning
import RunStore

/// What the runs of one arm add up to.
struct ArmSummary: Sendable {
  let arm: Plan.Arm
  /// Numerics version that the numbers below belong to; nil if no run has succeeded.
  let numerics: Int?
  /// Succeeded runs of that version with their replicate, in the order of replicates.
  let counted: [(replicate: Int, evidence: RunEvidence)]
  /// Succeeded runs of other numerics versions: they never share a mean.
  let leftOut: [(replicate: Int, evidence: RunEvidence)]
  /// Number of runs that the plan asks for.
  let planned: Int
  /// Number of runs by status, those of the plan only.
  let statuses: [RunStatus: Int]
  /// Whether the sparsity is one of channels.
  let prunesChannels: Bool

  /// Summary of `arm`; of several numerics versions, the newest counts.
  init(of arm: Plan.Arm, in data: ReportData) {
    let runs = data.runs(of: arm)
    let succeeded = runs.filter { $0.evidence.status == .succeeded }
    let newest = succeeded.compactMap(\.evidence.numerics).max()
    self.arm = arm
    prunesChannels = data.plan.specs[arm.spec]?.pruning.structure.prunesChannels ?? false
    numerics = newest
    counted = succeeded.filter { $0.evidence.numerics == newest }
    leftOut = succeeded.filter { $0.evidence.numerics != newest }
    planned = runs.count
    statuses = Dictionary(runs.map { ($0.evidence.status, 1) }, uniquingKeysWith: +)
  }

  /// Whether every run has succeeded, failed or diverged.
  var hasEnded: Bool {
    planned > 0 && [.succeeded, .failed, .diverged].reduce(0) { $0 + statuses[$1, default: 0] } == planned
  }

  /// Values of the result `name`, a value a run that has it.
  func sample(_ name: String) -> Sample {
    Sample(counted.compactMap { $0.evidence.results[name] })
  }

  /// Quotients of two results, a value a run that has both and a divisor above 0.
  func sample(_ name: String, dividedBy divisor: String) -> Sample {
    Sample(counted.compactMap { Self.quotient($0.evidence, name, divisor) })
  }

  private static func quotient(_ run: RunEvidence, _ name: String, _ divisor: String) -> Double? {
    guard let value = run.results[name], let total = run.results[divisor], total > 0 else { return nil }
    return value / total
  }

  /// Counted share of what the arm prunes: of channels where it prunes those and they were counted, else of the
  /// prunable weights.
  var achieved: Sample { Sample(counted.compactMap { achieved(by: $0.evidence) }) }

  /// As `achieved`, of one run.
  func achieved(by run: RunEvidence) -> Double? {
    let channels = Self.quotient(run, "channels-pruned-achieved", "channels-prunable")
    return (prunesChannels ? channels : nil) ?? Self.quotient(run, "weights-pruned-achieved", "weights-prunable")
  }

  /// Whether the counted sparsity is not the requested one, within half a point.
  var isOffTarget: Bool {
    guard let achieved = achieved.mean, arm.isPruned else { return false }
    return abs(achieved - arm.sparsity) > Circumstances.tolerance + 1e-9
  }

  /// Quotients of `name` and `divisor`, with the numbers of the network without its pruned channels, `shrunk`, where
  /// the arm prunes channels and they are known.
  func left(_ name: String, shrunk: String, of divisor: String) -> Sample {
    let small = sample(shrunk, dividedBy: divisor)
    return prunesChannels && small.count > 0 ? small : sample(name, dividedBy: divisor)
  }

  /// Values of the result `name` by replicate.
  func values(_ name: String) -> [Int: Double] {
    Dictionary(
      counted.compactMap { run in run.evidence.results[name].map { (run.replicate, $0) } },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
