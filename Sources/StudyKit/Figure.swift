/// Figure of the report, with its data beside it as CSV.
public struct Figure: Codable, Equatable, Sendable {
  public var kind: Kind

  public init(_ kind: Kind) {
    self.kind = kind
  }

  /// What a figure shows.
  public enum Kind: String, Codable, Sendable {
    case accuracyVersusSparsity = "accuracy-versus-sparsity"
    /// Loss and score over training, a line a seed.
    case curves
    /// Sparsity and threshold over training.
    case sparsityOverTraining = "sparsity-over-training"
    case sparsityByLayer = "sparsity-by-layer"
    /// Sparsity of each layer at each step at which it was counted, a map an arm.
    case sparsityByLayerAndStep = "sparsity-by-layer-and-step"
    /// Sparsity of each matrix of a transformer, a row a layer.
    case sparsityByMatrix = "sparsity-by-matrix"
    /// How many texts have how many tokens.
    case sequenceLengths = "sequence-lengths"
    /// Every claim with its paired difference, the interval, the margin and the verdict.
    case claims
  }
}
