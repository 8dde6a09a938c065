/// How a network is trained and how its sparsity is shared out, the same for every arm.
public struct Recipe: Codable, Equatable, Sendable {
  public var batch: Int
  public var optimizer: Optimizer
  public var learningRate: LearningRate
  /// Share of the target's probability spread evenly over all classes.
  public var labelSmoothing: Double
  public var augmentation: Augmentation
  public var budget: Budget

  public init(
    batch: Int, optimizer: Optimizer, learningRate: LearningRate, labelSmoothing: Double, augmentation: Augmentation,
    budget: Budget
  ) {
    self.batch = batch
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.budget = budget
  }

  /// Rule that updates the weights.
  public enum Optimizer: Codable, Equatable, Sendable {
    case sgd(momentum: Double, nesterov: Bool, weightDecay: Double, on: DecayScope)
  }

  /// Parameters that weight decay pulls towards zero.
  public enum DecayScope: String, Codable, Sendable {
    case allParameters = "all-parameters"
    /// Convolution and linear weights only: none on normalisation parameters and biases.
    case weightsOnly = "weights-only"
  }

  /// Learning rate over training.
  public enum LearningRate: Codable, Equatable, Sendable {
    /// Linear from 0 to `peak`, then half a cosine down to 0 at the last step.
    case cosine(peak: Double, warmup: Stretch)
  }

  /// Random changes to training images.
  public enum Augmentation: Codable, Equatable, Sendable {
    case unchanged
    /// Zero pixels added on each side, a random crop back to the image's size, and a flip half of the time.
    case cropAndFlip(padding: Int)
  }

  /// How the network's sparsity is shared out over its layers; no layer gets more than `cap`.
  public enum Budget: Codable, Equatable, Sendable {
    /// One magnitude ranking over all prunable weights, taken when pruning starts.
    case global(cap: Double)
    /// The same sparsity in every layer.
    case uniform(cap: Double)
  }
}
