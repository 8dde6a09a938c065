/// How a network is trained, what of it is pruned and how its sparsity is shared out, the same for every arm that says
/// nothing else.
public struct Recipe: Codable, Equatable, Sendable {
  public var batch: Int
  public var optimizer: Optimizer
  public var learningRate: LearningRate
  /// Share of the target's probability spread evenly over all classes.
  public var labelSmoothing: Double
  public var augmentation: Augmentation
  /// Which special layers are pruned like the rest.
  public var layers: LayerPolicy
  public var budget: Budget
  /// Largest norm of all gradients together, beyond which they are scaled down; nil for no clipping.
  public var gradientNormLimit: Double?
  /// Average of the weights that is evaluated and exported in their place; nil for none.
  public var averaging: Averaging?
  /// How texts become batches; nil for images.
  public var tokens: Tokens?

  public init(
    batch: Int, optimizer: Optimizer, learningRate: LearningRate, labelSmoothing: Double, augmentation: Augmentation,
    layers: LayerPolicy, budget: Budget, gradientNormLimit: Double? = nil, averaging: Averaging? = nil,
    tokens: Tokens? = nil
  ) {
    self.batch = batch
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.layers = layers
    self.budget = budget
    self.gradientNormLimit = gradientNormLimit
    self.averaging = averaging
    self.tokens = tokens
  }

  /// Sizes in tokens.
  ///
  /// Batches hold texts of about one length, each padded to the longest of its batch only.
  public struct Tokens: Codable, Equatable, Sendable {
    /// Longest text, with the marks at its ends; what is longer is cut.
    public var maximumLength: Int
    /// Most tokens of a batch, padding included, besides the bound on its texts; nil for none.
    public var perBatch: Int?

    public init(maximumLength: Int, perBatch: Int? = nil) {
      self.maximumLength = maximumLength
      self.perBatch = perBatch
    }
  }

  /// Rule that updates the weights, as PyTorch defines it.
  public enum Optimizer: Codable, Equatable, Sendable {
    case sgd(momentum: Double, nesterov: Bool, weightDecay: Double, on: DecayScope)
    /// Weight decay is added to the gradient. `beta1`, `beta2` and `epsilon` as in Kingma, Ba 2015, arXiv 1412.6980.
    case adam(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double, on: DecayScope)
    /// Weight decay shrinks the weight itself, in proportion to the learning rate.
    ///
    /// Source: Loshchilov, Hutter 2019, arXiv 1711.05101.
    case adamW(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double, on: DecayScope)
  }

  /// Parameters that weight decay pulls towards zero.
  public enum DecayScope: String, Codable, Sendable {
    case allParameters = "all-parameters"
    /// Convolution and linear weights only: none on normalisation parameters and biases.
    case weightsOnly = "weights-only"
  }

  /// Learning rate over training: linear from 0 to `peak` over the warm-up, then as the case says.
  public enum LearningRate: Codable, Equatable, Sendable {
    /// Half a cosine down to 0 at the last step.
    case cosine(peak: Double, warmup: Stretch)
    /// A straight line down to 0 at the last step.
    case linear(peak: Double, warmup: Stretch)
    /// The peak, multiplied by `factor` at every milestone; milestones count from the start of training.
    case step(peak: Double, warmup: Stretch, milestones: [Stretch], factor: Double)
    /// The remaining share of the steps behind the warm-up, to the power `power`, of the peak.
    case polynomial(peak: Double, warmup: Stretch, power: Double)
  }

  /// Random changes to training images.
  public enum Augmentation: Codable, Equatable, Sendable {
    case unchanged
    /// Zero pixels added on each side, a random crop back to the image's size, and a flip half of the time.
    case cropAndFlip(padding: Int)
  }
}
