import Planning
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

  /// Summary of `arm`; of several numerics versions, the newest counts.
  init(of arm: Plan.Arm, in data: ReportData) {
    let runs = data.runs(of: arm)
    let succeeded = runs.filter { $0.evidence.status == .succeeded }
    let newest = succeeded.compactMap(\.evidence.numerics).max()
    self.arm = arm
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
    Sample(
      counted.compactMap { run in
        guard let value = run.evidence.results[name], let total = run.evidence.results[divisor], total > 0 else {
          return nil
        }
        return value / total
      }
    )
  }

  /// Values of the result `name` by replicate.
  func values(_ name: String) -> [Int: Double] {
    Dictionary(
      counted.compactMap { run in run.evidence.results[name].map { (run.replicate, $0) } },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
