import Planning
import RunStore

/// Claims of a study that follow one another, each with its verdict.
struct ClaimTable {
  private let rows: [[String]]

  /// - Throws: `ReportError.unknownArm`.
  init(_ claims: [Plan.Claim], in data: ReportData) throws(ReportError) {
    var rows: [[String]] = []
    for claim in claims { rows.append(Self.row(try JudgedClaim(claim, in: data))) }
    self.rows = rows
  }

  var markdown: String {
    let header = ["claim", "difference (points)", "95 % interval", "margin (points)", "pairs", "verdict", "notes"]
    return """
      **Claims.** Each was fixed before the runs. The difference is the mean over replicates of arm minus rival; a \
      claim holds if the two-sided 95 % interval of that mean (Student's t) lies wholly above the margin, which is a \
      one-sided test at 2.5 %; it does not hold if the interval lies wholly at or below the margin; anything else is \
      inconclusive. Arms that differ in their epochs, the layers that are pruned, the weights that they start from, or \
      by more than \(NumberText.fixed(100 * Circumstances.tolerance, 1)) points in the sparsity that was counted, are not \
      comparable: their difference is shown and not judged.

      \(Markdown.table(header, numeric: [1, 2, 3, 4], rows: rows))
      """
  }

  private static func row(_ judged: JudgedClaim) -> [String] {
    let claim = judged.claim
    let sample = judged.difference.sample
    return [
      "\(Markdown.escaped(claim.statement)) (\(Markdown.code(claim.arm)) over \(Markdown.code(claim.rival)))",
      sample.mean.map { NumberText.points($0) } ?? "–",
      sample.interval.map { NumberText.points($0) } ?? (sample.count == 1 ? "n=1" : "–"),
      NumberText.points(claim.margin), judged.pairs, judged.judgement, notes(judged.arm, judged.rival, sample),
    ]
  }

  private static func notes(_ arm: ArmSummary, _ rival: ArmSummary, _ sample: Sample) -> String {
    var notes: [String] = []
    if let first = arm.numerics, let second = rival.numerics, first != second {
      notes.append("numerics versions \(first) and \(second) are never compared")
    }
    for summary in [arm, rival] {
      for status in [RunStatus.failed, .diverged] {
        guard let count = summary.statuses[status] else { continue }
        notes.append("\(count) \(status.rawValue) of \(Markdown.escaped(summary.arm.name))")
      }
    }
    if let deviation = sample.standardDeviation, deviation < 1e-9 { notes.append("no spread between replicates") }
    return notes.joined(separator: "; ")
  }
}
