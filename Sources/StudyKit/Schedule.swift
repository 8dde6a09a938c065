/// When pruning starts and how long it takes to reach its target.
public struct Schedule: Codable, Equatable, Sendable {
  /// Training before the first weight is pruned.
  public var warmup: Stretch
  /// From there until the final sparsity.
  public var ramp: Stretch

  public init(warmup: Stretch, ramp: Stretch) {
    self.warmup = warmup
    self.ramp = ramp
  }
}
