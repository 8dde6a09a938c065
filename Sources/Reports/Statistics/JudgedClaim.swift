import Planning

/// A claim with what the runs say about it.
struct JudgedClaim: Sendable {
  let claim: Plan.Claim
  let arm: ArmSummary
  let rival: ArmSummary
  let difference: PairedDifference
  /// Nil at a scale at which nothing is judged.
  let verdict: ClaimVerdict?

  /// - Throws: `ReportError.unknownArm`.
  init(_ claim: Plan.Claim, in data: ReportData) throws(ReportError) {
    self.claim = claim
    arm = try Self.summary(claim.arm, claim, data)
    rival = try Self.summary(claim.rival, claim, data)
    difference = PairedDifference(of: arm, minus: rival, on: claim.metric.rawValue)
    let obstacles = Circumstances.differences(arm, rival, in: data)
    verdict =
      data.plan.profile == .smoke ? nil : ClaimVerdict(difference, margin: claim.margin, obstacles: obstacles)
  }

  /// Every claim of the plan in the order of the study file.
  ///
  /// - Throws: `ReportError.unknownArm`.
  static func all(in data: ReportData) throws(ReportError) -> [JudgedClaim] {
    var claims: [JudgedClaim] = []
    for case .claim(let claim) in data.plan.elements { claims.append(try JudgedClaim(claim, in: data)) }
    return claims
  }

  private static func summary(
    _ name: String, _ claim: Plan.Claim, _ data: ReportData
  ) throws(ReportError) -> ArmSummary {
    guard let arm = data.plan.arms.first(where: { $0.name == name }) else {
      throw .unknownArm(name: name, claim: claim.statement, choices: data.plan.arms.map(\.name))
    }
    return ArmSummary(of: arm, in: data)
  }

  /// The verdict in words, with what keeps the arms from being compared.
  var judgement: String { verdict?.description ?? "not judged (smoke)" }

  /// Number of pairs, and of those planned where some are missing.
  var pairs: String {
    let count = difference.sample.count
    return count == difference.planned ? "\(count)" : "\(count) of \(difference.planned)"
  }
}
