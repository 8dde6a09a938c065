/// Difference of two arms, replicate by replicate: a replicate shares initial weights and data order over all arms.
struct PairedDifference: Equatable, Sendable {
  /// Arm minus rival, a value a replicate that both have finished.
  let sample: Sample
  /// Number of replicates that the plan pairs.
  let planned: Int
  /// Whether no run of either arm is left to be done.
  let hasEnded: Bool

  init(sample: Sample, planned: Int, hasEnded: Bool) {
    self.sample = sample
    self.planned = planned
    self.hasEnded = hasEnded
  }

  /// `arm` minus `rival` on the result `name`; without pairs if their numerics versions differ.
  init(of arm: ArmSummary, minus rival: ArmSummary, on name: String) {
    planned = min(arm.planned, rival.planned)
    hasEnded = arm.hasEnded && rival.hasEnded
    guard arm.numerics == rival.numerics else {
      sample = Sample([])
      return
    }
    let rivals = rival.values(name)
    sample = Sample(
      arm.values(name).sorted { $0.key < $1.key }.compactMap { replicate, value in
        rivals[replicate].map { value - $0 }
      }
    )
  }
}
