/// What a finished run's network took in use on one machine, measured in rounds with the dense network of its study.
package struct Latency: Codable, Equatable, Sendable {
  package var run: String
  package var study: String
  package var profile: String
  /// SHA-256 of the exported weights that were measured.
  package var weightsDigest: String
  /// Examples at a time.
  package var batch: Int
  package var rounds: Int
  /// Seconds for one batch over all rounds.
  package var seconds: Quartiles
  /// The dense run that was measured in the same rounds; nil where the plan has none of this network.
  package var denseRun: String?
  /// Of the dense run in dense kernels.
  package var denseSeconds: Quartiles?
  /// Layers with weights, and those of them in kernels that multiply zeros too.
  package var layers: Int
  package var layersDense: Int
  /// Bytes of all activations together.
  package var activationBytes: Int
  /// Machine, program and threads.
  package var provenance: Provenance
  /// Seconds since 1970, the same for all that were measured in turn.
  package var measuredAt: Double

  /// Three of the numbers that divide a sample into four equal parts.
  package struct Quartiles: Codable, Equatable, Sendable {
    package var lower: Double
    package var median: Double
    package var upper: Double

    package init(lower: Double, median: Double, upper: Double) {
      self.lower = lower
      self.median = median
      self.upper = upper
    }

    /// Whether even the middle half of the runs differs by more than a factor of two: something else ran on the machine.
    package var isUnsteady: Bool { upper > 2 * lower }
  }

  package init(
    run: String, study: String, profile: String, weightsDigest: String, batch: Int, rounds: Int, seconds: Quartiles,
    denseRun: String?, denseSeconds: Quartiles?, layers: Int, layersDense: Int, activationBytes: Int,
    provenance: Provenance, measuredAt: Double
  ) {
    self.run = run
    self.study = study
    self.profile = profile
    self.weightsDigest = weightsDigest
    self.batch = batch
    self.rounds = rounds
    self.seconds = seconds
    self.denseRun = denseRun
    self.denseSeconds = denseSeconds
    self.layers = layers
    self.layersDense = layersDense
    self.activationBytes = activationBytes
    self.provenance = provenance
    self.measuredAt = measuredAt
  }

  /// Median over that of the dense network in the same rounds; nil without one.
  package var ratioToDense: Double? { denseSeconds.map { seconds.median / $0.median } }

  /// What no measurement gives, such as a time below zero; nil if there is nothing.
  var fault: String? {
    for quartiles in [seconds, denseSeconds].compactMap(\.self) {
      guard quartiles.lower > 0, quartiles.lower <= quartiles.median, quartiles.median <= quartiles.upper else {
        return "its quartiles are not three rising times above 0"
      }
    }
    guard batch > 0, rounds > 0, layersDense >= 0, layers >= layersDense, activationBytes >= 0,
      provenance.threads > 0, (denseRun == nil) == (denseSeconds == nil)
    else { return "its counts contradict one another" }
    return nil
  }
}
