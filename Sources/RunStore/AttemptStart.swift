import Planning

/// What is known of an attempt when it starts: the run's whole identity, and the circumstances that are recorded but
/// not part of it.
///
/// It repeats what the plan says, so that a run's folder stands on its own when it is copied elsewhere.
package struct AttemptStart: Codable, Equatable, Sendable {
  package var run: String
  package var attempt: Int
  package var study: String
  package var plan: String
  package var specID: String
  package var spec: RunSpec
  package var replicate: Int
  package var seed: UInt64
  /// `Numerics.version` of the engine.
  package var numerics: Int
  package var provenance: Provenance
  package var process: ProcessIdentity

  package init(
    run: String, attempt: Int, study: String, plan: String, specID: String, spec: RunSpec, replicate: Int,
    seed: UInt64, numerics: Int, provenance: Provenance, process: ProcessIdentity
  ) {
    self.run = run
    self.attempt = attempt
    self.study = study
    self.plan = plan
    self.specID = specID
    self.spec = spec
    self.replicate = replicate
    self.seed = seed
    self.numerics = numerics
    self.provenance = provenance
    self.process = process
  }
}
