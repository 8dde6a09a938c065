import Kernels

/// The sparse and the dense product of one layer, timed in turn on this machine.
struct ProductRace {
  private let sparseSeconds: Double
  private let denseSeconds: Double

  /// Rounds, the first of which is not counted; more of them while the two are close together.
  private static let rounds = 8
  private static let mostRounds = 40

  /// The best of each: what else runs on the machine only ever adds.
  init(_ sparse: some PlanarProduct, _ dense: some PlanarProduct, addsResidual: Bool) {
    let input = ImagePlanes(Tensor(repeating: 0.5, shape: sparse.inputShape))
    let output = ImagePlanes(sparse.outputShape)
    let residual = addsResidual ? ImagePlanes(sparse.outputShape) : nil
    var best = (sparse: Double.infinity, dense: Double.infinity)
    for round in 0..<Self.mostRounds {
      if round >= Self.rounds, max(best.sparse, best.dense) > 1.2 * min(best.sparse, best.dense) { break }
      let times = (
        Self.seconds { sparse.run(input, residual: residual, into: output) },
        Self.seconds { dense.run(input, residual: residual, into: output) }
      )
      if round > 0 { best = (min(best.sparse, times.0), min(best.dense, times.1)) }
    }
    (sparseSeconds, denseSeconds) = best
  }

  /// The winner, and what was measured.
  var result: (isSparse: Bool, reason: String) {
    (
      sparseSeconds < denseSeconds,
      "measured: sparse \(Self.microseconds(sparseSeconds)), dense \(Self.microseconds(denseSeconds))"
    )
  }

  private static func seconds(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private static func microseconds(_ seconds: Double) -> String { "\(Int((seconds * 1e6).rounded())) us" }
}
