/// Pruning method with its hyperparameters.
///
/// Cases and their labels are part of every stored configuration; what is nil is left out of its text.
package enum MethodConfig: Codable, Equatable, Sendable {
  case dense
  case pdp(temperature: Temperature, threshold: ThresholdGradient? = nil)

  // Magnitude
  case gmp(storage: Storage)
  case oneShot
  /// Rounds of pruning, each followed by a return to the weights that the network had after `rewindEpochs`.
  case iterativeMagnitude(rounds: Int, rewindEpochs: Double)
  case dnw
  case acdc
  case random

  // Masks that move
  /// A share of the kept weights is exchanged every `interval` steps, until `until` of training is done.
  case set(share: Double, interval: Int, until: Double)
  case rigL(share: Double, interval: Int, until: Double)
  /// From `initialSparsity` on the schedule's ramp, with `share` of the kept weights exchanged at the start.
  case graNet(initialSparsity: Double, share: Double, interval: Int)

  // Learnt scores and thresholds
  case str(initial: Double, decay: Double)
  case continuousSparsification(initial: Double, penalty: Double, sharpness: Double, selection: Selection)
  case optG(steepness: Double)
  case movement(scoreRate: Double)
  case softMovement(scoreRate: Double, threshold: Double, penalty: Double)

  // Before training
  case snip(examples: Int)
  case grasp(examples: Int)
  case synFlow(rounds: Int)

  // N of M
  case srSTE(pull: Double)
  case asp
  case lbc

  // Channels
  case l1Norm
  case l2Norm
  case fpgm
  case slimming(penalty: Double)
  case taylor(examples: Int)
  case hRank(examples: Int)
  case chip(examples: Int)

  /// Sharpness of PDP's soft mask.
  package enum Temperature: Codable, Equatable, Sendable {
    /// tau in squared weight units, as in the paper.
    case absolute(Double)
    /// kappa in tau = kappa * t^2, per layer.
    case relative(Double)
  }

  /// Whether the gradient of PDP's mask reaches the two weights that define the threshold.
  package enum ThresholdGradient: String, Codable, Sendable, CaseIterable {
    /// Yes; without a value the threshold is a constant.
    case attached
  }

  /// Whether pruned weights keep their stored values.
  package enum Storage: String, Codable, Sendable, CaseIterable {
    /// The mask is taken anew from stored values; a pruned weight may come back.
    case shadow
    /// Pruned weights are set to zero for good; the pruned set only grows (`gmp-nested`).
    case projected
  }

  /// Which weights continuous sparsification keeps in the end.
  package enum Selection: String, Codable, Sendable, CaseIterable {
    /// Those with a positive score, as published: sparsity is an outcome.
    case sign
    /// As many as the target says, by their scores.
    case highest
  }

  /// The method's name in code, study files, run log and tables.
  package var name: String {
    switch self {
    case .dense: "dense"
    case .pdp: "pdp"
    case .gmp(storage: .shadow): "gmp"
    case .gmp(storage: .projected): "gmp-nested"
    case .oneShot: "one-shot"
    case .iterativeMagnitude: "imp"
    case .dnw: "dnw"
    case .acdc: "ac-dc"
    case .random: "random"
    case .set: "set"
    case .rigL: "rigl"
    case .graNet: "granet"
    case .str: "str"
    case .continuousSparsification: "cs"
    case .optG: "optg"
    case .movement: "movement"
    case .softMovement: "soft-movement"
    case .snip: "snip"
    case .grasp: "grasp"
    case .synFlow: "synflow"
    case .srSTE: "sr-ste"
    case .asp: "asp"
    case .lbc: "lbc"
    case .l1Norm: "l1-norm"
    case .l2Norm: "l2-norm"
    case .fpgm: "fpgm"
    case .slimming: "slimming"
    case .taylor: "taylor"
    case .hRank: "hrank"
    case .chip: "chip"
    }
  }

  /// Whether the method ends at whatever sparsity training leads to, so that a target takes a search.
  package var isEmergent: Bool {
    switch self {
    case .str, .softMovement, .continuousSparsification(_, _, _, .sign): true
    default: false
    }
  }
}
