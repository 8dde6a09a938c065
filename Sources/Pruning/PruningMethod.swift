import Autodiff
import Kernels
import Networks

/// What tells one pruning method from another; a conformer is one file in `Methods` and one case of `MethodConfig`.
///
/// Schedule, budget, storage of masks, projection and freezing are `PruningSession`'s. What a method needs beyond the
/// choice of a mask at the schedule's updates, it says with one of the protocols below.
package protocol PruningMethod {
  /// How the pruned share grows.
  var ramp: Ramp { get }
  /// When a global budget ranks the weights.
  var ranking: Ranking { get }
  /// Whether pruned weights keep their stored values.
  var storage: MethodConfig.Storage { get }
  /// When the mask is chosen anew.
  var selection: SelectionTime { get }
  /// What becomes of the gradient of a pruned weight.
  var gradient: GradientRule { get }

  /// Chooses what of `target` goes.
  ///
  /// - Precondition: 0 < pruned < target.count.
  func hardMask(of target: any PruningTarget, pruned: Int, seed: Seed) -> HardMask
}

/// When a global budget ranks the weights.
package enum Ranking: Equatable, Sendable {
  /// Once, when pruning starts; layers keep their share of the target from then on.
  case once
  /// Anew at every update of the schedule.
  case everyUpdate
}

/// When a mask is chosen anew.
package enum SelectionTime: Equatable, Sendable {
  /// Where the schedule changes.
  case updates
  /// Before every forward pass, from the weights as they are then.
  case everyStep
}

/// What becomes of the gradient of a pruned weight.
package enum GradientRule: Equatable, Sendable {
  /// It is dropped.
  case masked
  /// It counts as if the weight were there (straight-through), with `pull` times the stored weight added, which draws
  /// pruned weights to zero.
  case straightThrough(pull: Double)
}

extension PruningMethod {
  package var ranking: Ranking { .everyUpdate }
  package var storage: MethodConfig.Storage { .projected }
  package var selection: SelectionTime { .updates }
  package var gradient: GradientRule { .masked }

  package func hardMask(of target: any PruningTarget, pruned: Int, seed: Seed) -> HardMask {
    target.hardMask(dropping: pruned)
  }
}

/// A method that trains with a soft mask, and gets its hard mask from the current weights wherever one is asked for.
package protocol SoftPruningMethod: PruningMethod {
  /// In squared weight units.
  func temperature(threshold: Double) -> Double
  /// Whether the temperature is in proportion to the squared threshold.
  var isRelative: Bool { get }
  /// Whether gradients reach the weights that define the threshold.
  var isThresholdAttached: Bool { get }
}

/// A method that ranks weights once, before training, by what it finds out about the whole network.
package protocol InitialScoring: PruningMethod {
  /// Passes over the network: one, or several with what goes at each in between.
  var rounds: Int { get }

  /// A score a part of every target; the lowest go.
  func scores(of targets: [any PruningTarget], probe: any NetworkProbe) throws -> [Tensor]
}

/// A method that ranks the channels of groups by a criterion of its own, at the schedule's updates.
package protocol ChannelScoring: PruningMethod {
  /// A score a channel of every group; the lowest go.
  func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]]
}

/// A method that adds a penalty to the gradients of the numbers that scale channels.
package protocol GradientPenalty: PruningMethod {
  func addPenalty(to target: ChannelTarget, at moment: PruningMoment)
}

/// A method that exchanges kept weights for pruned ones while the number of both stays.
package protocol RegrowingMethod: PruningMethod {
  /// Share of each layer's kept weights exchanged at this moment; nil where nothing is.
  func exchangedShare(at moment: PruningMoment) -> Double?
  /// How many weights a share of `active` kept ones is.
  func exchangedCount(share: Double, active: Int) -> Int
  /// Whether the optimizer's update is left out at a step of exchange.
  var skipsUpdate: Bool { get }
  /// Sparsity of the random mask that training starts with; 0 for none.
  ///
  /// - Note: with a global budget its layers' shares are the ERK rule's.
  var initialSparsity: Double { get }

  /// By which the weights to grow are chosen among those that are not kept: the highest.
  ///
  /// The parameter's gradient is that at all weights.
  func growthScores(of target: WeightTarget, moment: PruningMoment, seed: Seed) -> Tensor
}

extension RegrowingMethod {
  package var skipsUpdate: Bool { false }

  package func exchangedCount(share: Double, active: Int) -> Int { Int((share * Double(active) + 1e-9).rounded(.down)) }

  /// Magnitudes of the gradient.
  package func growthScores(of target: WeightTarget, moment: PruningMoment, seed: Seed) -> Tensor {
    target.parameter.gradient.map { Elementwise.magnitude($0) } ?? Tensor(repeating: 0, shape: target.shape)
  }
}

/// A method with learnt numbers besides the weights: scores or thresholds, which an optimizer of their own updates.
///
/// What is not said otherwise is for a score a weight: the highest are kept, and scores learn by straight-through
/// estimation, from the gradient times the weight, also where weights are masked.
package protocol LearnedMethod: PruningMethod {
  /// The numbers of one layer before training.
  func auxiliary(for target: WeightTarget) -> Tensor
  /// Optimizer of the learnt numbers; nil for the weights' own with `auxiliaryDecay`.
  var auxiliaryOptimizer: OptimizerConfig? { get }
  var auxiliaryDecay: Double { get }
  /// Learning rate of the learnt numbers; `weightRate` is the weights' own now, `peakRate` its highest.
  func auxiliaryRate(weightRate: Double, peakRate: Double, moment: PruningMoment) -> Double
  /// Whether training goes with another mask than the one that is frozen.
  var isSoft: Bool { get }

  /// By which the network's budget shares out what goes, and by which masks are chosen; nil for methods that decide both
  /// by themselves.
  func rankingScores(_ layer: LearnedLayer) -> Tensor?
  /// Decides what holds over steps, before a forward pass.
  func decide(_ layers: [LearnedLayer], at moment: PruningMoment)
  /// What the forward pass computes with; nil for the stored weight.
  func effective(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor?
  /// Turns the gradient at the effective weight into that at the stored one, and gives that at the learnt numbers,
  /// penalties included.
  func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor
  /// The mask that the layer is evaluated and frozen with; nil while nothing of it is pruned.
  func finalMask(_ layer: LearnedLayer, at moment: PruningMoment) -> KeepMask?
  /// The weight that is evaluated and frozen, exact zeros included.
  func folded(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor
  /// Step from which on the mask is fixed and the learnt numbers are done with; nil for the end of training.
  func fixingStep(_ timetable: Timetable) -> Int?
}

extension LearnedMethod {
  package var storage: MethodConfig.Storage { .shadow }
  package var auxiliaryOptimizer: OptimizerConfig? { nil }
  package var auxiliaryDecay: Double { 0 }
  package var isSoft: Bool { false }

  package func auxiliary(for target: WeightTarget) -> Tensor { Tensor(repeating: 0, shape: target.shape) }
  package func auxiliaryRate(weightRate: Double, peakRate: Double, moment: PruningMoment) -> Double { weightRate }
  package func rankingScores(_ layer: LearnedLayer) -> Tensor? { layer.auxiliary.value }
  package func decide(_ layers: [LearnedLayer], at moment: PruningMoment) {}
  package func fixingStep(_ timetable: Timetable) -> Int? { nil }

  package func effective(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor? {
    layer.mask.map { $0.product(with: layer.weight) }
  }

  package func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    let score = Elementwise.product(gradient, layer.weight)
    layer.mask?.apply(to: &gradient)
    return score
  }

  package func finalMask(_ layer: LearnedLayer, at moment: PruningMoment) -> KeepMask? { layer.mask }

  package func folded(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    finalMask(layer, at: moment)?.product(with: layer.weight) ?? layer.weight
  }
}

/// A step of training as pruning methods see it.
package struct PruningMoment: Equatable, Sendable {
  /// Optimizer steps done.
  package let step: Int
  package let stepsPerEpoch: Int
  package let totalSteps: Int
  /// Share of the target in force.
  package let share: Double
  /// Target of the whole network, 0..<1.
  package let sparsity: Double
  /// Steps at which the schedule starts and is done.
  package let startStep: Int
  package let endStep: Int

  /// Whole epochs done.
  package var epoch: Int { step / stepsPerEpoch }
  package var epochs: Double { Double(totalSteps) / Double(stepsPerEpoch) }
  /// Fraction of training done.
  package var progress: Double { Double(step) / Double(max(1, totalSteps)) }

  package init(
    step: Int, stepsPerEpoch: Int, totalSteps: Int, share: Double, sparsity: Double, startStep: Int, endStep: Int
  ) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.totalSteps = totalSteps
    self.share = share
    self.sparsity = sparsity
    self.startStep = startStep
    self.endStep = endStep
  }
}
