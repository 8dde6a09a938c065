import Autodiff
import Kernels

/// Something whose parts a session masks: the weights of one layer, or the channels of one group.
///
/// Masks and counts are of its parts (weights, or channels). What goes or stays as one is a unit: a weight, a run of
/// `unitSize` weights, a channel.
package protocol PruningTarget: AnyObject {
  /// Dotted path of the weight; of the first weight that makes the channels.
  var path: String { get }
  /// Weights, or channels.
  var count: Int { get }
  /// Parts of a unit, which all units share.
  var unitSize: Int { get }
  /// Most parts that may ever go.
  var mostPruned: Int { get }
  /// Extents by which the ERK rule counts.
  var shape: Shape { get }
  /// What magnitude methods rank: a value a unit.
  var magnitudes: Tensor { get }

  /// How many parts go where the pattern itself says so, at `share` of the target; nil where a budget says it.
  func patternCount(at share: Double) -> Int?
  /// The nearest count that units and multiples allow.
  func rounded(_ pruned: Int) -> Int

  /// Mask without the units of lowest magnitude, `pruned` parts in all; of equal ones the first are kept.
  ///
  /// - Precondition: 0 < pruned < count, and a count that `rounded` gives.
  func hardMask(dropping pruned: Int) -> HardMask
  /// Mask without the units of lowest score; `scores` has one value a part.
  func hardMask(dropping pruned: Int, byScore scores: Tensor) -> HardMask

  /// Lets the coming forward pass compute with exact zeros where `mask` drops something.
  func setEffective(_ mask: KeepMask)
  /// Lets the coming forward pass compute with the method's soft mask.
  func setEffective(dropping pruned: Int, by method: any SoftPruningMethod)
  /// Lets the coming forward pass compute with the stored values.
  func clearEffective()
  /// Turns gradients with respect to softly masked values into those with respect to the stored ones.
  func pullBackSoftMask()
  /// Drops the gradients that belong to what `mask` drops.
  func maskGradient(_ mask: KeepMask)
  /// Adds `pull` times the stored value to the gradients of what `mask` drops.
  func pullDropped(_ mask: KeepMask, _ pull: Double)
  /// Sets what `mask` drops to exactly zero.
  func project(_ mask: KeepMask)
  /// The same with the optimizer's moments, which `lendMoments` lends by the parameter's path.
  func projectMoments(_ mask: KeepMask, _ lendMoments: LendMoments)

  /// The soft mask that the coming, or the last, forward pass computes with: a value a part; nil where there was none.
  var softMask: Tensor? { get }
  /// Threshold and temperature / threshold^2 under a soft mask.
  func softness(dropping pruned: Int, by method: any SoftPruningMethod) -> Softness
  /// Parts that are exactly zero in the stored values.
  var zeroCount: Int { get }
}

/// Calls its second argument with each moment of the parameter at a path.
package typealias LendMoments = (_ path: String, _ project: (inout Tensor) -> Void) -> Void

/// A soft mask in numbers.
package struct Softness: Equatable, Sendable {
  package let threshold: Double
  /// Temperature over the squared threshold; nil where the threshold is 0.
  package let relativeTemperature: Double?

  package init(threshold: Double, relativeTemperature: Double?) {
    self.threshold = threshold
    self.relativeTemperature = relativeTemperature
  }
}
