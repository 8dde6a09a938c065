/// How an arm chooses the weights that it removes.
///
/// Default values are those of the method's paper or of its authors' code; a value without a default depends on the
/// network and the length of training. Intervals are in optimizer steps, examples are training images.
public enum Method: Codable, Equatable, Sendable {
  case dense
  /// Parameter-free differentiable pruning: weights are multiplied with a soft mask, the share of w^2 against the
  /// squared threshold t^2 in a softmax.
  ///
  /// Source: Cho, Adya, Naik 2023, arXiv 2305.11203. The paper computes with tau = 1e-4 and 1e-5.
  case pdp(temperature: Temperature, threshold: Threshold = .constant)

  // Magnitude

  /// Gradual magnitude pruning; a pruned weight keeps its stored value and may come back.
  ///
  /// Source: Zhu, Gupta 2017, arXiv 1710.01878.
  case gmp
  /// Gradual magnitude pruning; a pruned weight is zero for good.
  case gmpNested
  /// Magnitude pruning once, at the end of the ramp, then fine-tuning.
  case oneShot
  /// Rounds of training and magnitude pruning, each removing the same share of what is left; after a round all weights
  /// return to what they were after `rewind` of training.
  ///
  /// Every round trains anew: the arm is only compared with arms that train as long.
  ///
  /// Source: Frankle, Carbin 2019, arXiv 1803.03635; with rewinding, Frankle et al. 2020, arXiv 1912.05671.
  case iterativeMagnitude(rounds: Int, rewind: Stretch)
  /// Discovering neural wirings: at every step the largest weights of a layer compute, and all of them learn.
  ///
  /// Source: Wortsman, Farhadi, Rastegari 2019, arXiv 1906.00586.
  case dnw
  /// Alternating compressed and decompressed phases.
  ///
  /// Source: Peste et al. 2021, arXiv 2106.12379.
  case acdc
  /// Weights drawn by lot.
  case random

  // Masks that move

  /// Sparse evolutionary training: every `interval` steps, until `until` of training is done, `share` of the kept
  /// weights, the smallest, make way for as many drawn by lot.
  ///
  /// Source: Mocanu et al. 2018, arXiv 1707.04780, where `share` is zeta = 0.3; `until` as in Evci et al. 2020, who
  /// compare with it.
  case set(share: Double = 0.3, interval: Int, until: Double = 0.75)
  /// As `set`, but weights with the largest gradients grow, and `share` falls to 0 as half a cosine.
  ///
  /// Source: Evci et al. 2020, arXiv 1911.11134: alpha = 0.3, until 75 % of training, an interval of 100 steps in
  /// trainings of 32,000.
  case rigL(share: Double = 0.3, interval: Int, until: Double = 0.75)
  /// Gradual magnitude pruning from a random mask at `initialSparsity`, with an exchange of `share` of the kept weights at
  /// every `interval` steps; the share falls as half a cosine.
  ///
  /// Source: Liu et al. 2021, arXiv 2106.10404, and VITA-Group/GraNet, where the interval is 1000 steps on CIFAR.
  case graNet(initialSparsity: Double = 0.5, share: Double = 0.5, interval: Int)

  // Learnt scores and thresholds

  /// Soft threshold reparameterisation: a layer's threshold is the sigmoid of a parameter that starts at `initial` and is
  /// moved by its weight decay `decay`. The sparsity is an outcome: see `Search`.
  ///
  /// Source: Kusupati et al. 2020, arXiv 2002.03231; RAIVNLab/STR, configs/largescale: -3200 and 2.25e-5 for 90 % of
  /// ResNet50, -12800 and 3.75e-5 for 89 % of MobileNet-v1, both in 100 epochs of ImageNet.
  case str(initial: Double, decay: Double)
  /// Continuous sparsification: a sigmoid mask whose sharpness grows to `sharpness`, with `penalty` on its sum. With
  /// `.sign` the sparsity is an outcome: see `Search`.
  ///
  /// Source: Savarese, Silva, Maire 2020, arXiv 1912.04427; lolemacs/continuous-sparsification, main.py.
  case continuousSparsification(
    initial: Double = 0, penalty: Double = 1e-8, sharpness: Double = 200, selection: Selection = .sign)
  /// Optimizing gradient-driven criteria: learnt scores, ranked globally once an epoch, on a sigmoid ramp of `steepness`
  /// an epoch.
  ///
  /// Source: Zhang et al. 2022, arXiv 2201.12826; zyxxmu/OptG, configs.
  case optG(steepness: Double = 1)
  /// Movement pruning: a layer keeps the weights with the highest scores, which are learnt at the rate `scoreRate`.
  ///
  /// Source: Sanh, Wolf, Rush 2020, arXiv 2005.07683.
  case movement(scoreRate: Double = 1e-2)
  /// Soft movement pruning: weights whose score's sigmoid is above `threshold` are kept; `penalty` on the scores decides
  /// how many. The sparsity is an outcome: see `Search`.
  ///
  /// Source: Sanh, Wolf, Rush 2020, arXiv 2005.07683, with the values of its example on SQuAD.
  case softMovement(scoreRate: Double = 1e-2, threshold: Double = 0.1, penalty: Double = 400)

  // Before training

  /// Highest |gradient x weight| on `examples` images, before training.
  ///
  /// Source: Lee, Ajanthan, Torr 2019, arXiv 1810.02340; namhoonlee/snip-public takes one batch of 100.
  case snip(examples: Int = 100)
  /// Weights whose removal lessens the gradient's norm least, by `examples` images, before training.
  ///
  /// Source: Wang, Zhang, Grosse 2020, arXiv 2002.07376; alecwangcq/GraSP takes 25 images a class.
  case grasp(examples: Int)
  /// Synaptic flow, before training and without data, in `rounds` rounds.
  ///
  /// Source: Tanaka et al. 2020, arXiv 2006.05467.
  case synFlow(rounds: Int = 100)

  // N of M

  /// Every weight learns, and the pruned ones are drawn to zero by `pull` times themselves.
  ///
  /// Source: Zhou et al. 2021, arXiv 2102.04010.
  case srSTE(pull: Double = 2e-4)
  /// The largest weights of every group, chosen once at the end of the ramp.
  ///
  /// Source: Mishra et al. 2021, arXiv 2104.08378; NVIDIA/apex, apex/contrib/sparsity.
  case asp
  /// Learning best combination: a learnt score a combination of kept weights, whose number falls to one on the schedule.
  ///
  /// Source: Zhang et al. 2022, arXiv 2206.06662.
  case lbc

  // Channels

  /// Smallest sums of magnitudes.
  ///
  /// Source: Li et al. 2017, arXiv 1608.08710.
  case l1Norm
  /// Smallest Euclidean norms.
  case l2Norm
  /// Channels nearest to all others of their layer: those near the geometric median.
  ///
  /// Source: He et al. 2019, arXiv 1811.00250.
  case fpgm
  /// Smallest scales of the normalisation behind the channel, which training draws to zero with `penalty`.
  ///
  /// Source: Liu et al. 2017, arXiv 1708.06519: 1e-4 for VGG, 1e-5 for ResNets on CIFAR.
  case slimming(penalty: Double)
  /// Smallest first-order change of the loss on `examples` images.
  ///
  /// Source: Molchanov et al. 2019, arXiv 1906.10771.
  case taylor(examples: Int)
  /// Lowest average rank of the feature map on `examples` images.
  ///
  /// Source: Lin et al. 2020, arXiv 2002.10179; lmbxmu/HRank takes five batches.
  case hRank(examples: Int)
  /// Channels that the others of their layer can best do without, by the nuclear norm on `examples` images.
  ///
  /// Source: Sui et al. 2021, arXiv 2110.13981; Eclipsess/CHIP_NeurIPS2021 takes five batches.
  case chip(examples: Int)

  /// Sharpness of PDP's soft mask; a plain number is absolute.
  public enum Temperature: Codable, Equatable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// tau in squared weight units, as in the paper.
    case absolute(Double)
    /// kappa in tau = kappa * t^2, for each layer's threshold t.
    case relative(kappa: Double)

    public init(floatLiteral value: Double) {
      self = .absolute(value)
    }

    public init(integerLiteral value: Int) {
      self = .absolute(Double(value))
    }
  }

  /// Whether the gradient of PDP's mask reaches the two weights that define the threshold.
  public enum Threshold: String, Codable, Sendable {
    case constant
    case attached
  }

  /// Which weights continuous sparsification keeps in the end.
  public enum Selection: String, Codable, Sendable {
    /// Those with a positive score, as published.
    case sign
    /// As many as the target says, by their scores.
    case highest
  }
}
