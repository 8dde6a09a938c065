/// One network with one batch, stepped again and again.
protocol Workload {
  /// Multiplications of a forward pass over the batch.
  var multiplications: Int { get }

  /// One training step, or one forward pass.
  ///
  /// - Returns: the loss before the update; nil for inference.
  func step() throws -> Double?
}
