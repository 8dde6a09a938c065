import Autodiff
import Kernels

/// One layer of a method with learnt numbers.
package final class LearnedLayer {
  package let target: WeightTarget
  /// Scores, thresholds: whatever the method learns besides weights.
  package let auxiliary: Parameter
  /// The mask that the method holds over steps; nil for methods that make it anew every step.
  package var mask: KeepMask?
  /// Alternatives that are still considered, for methods that drop them one by one.
  package var candidates: KeepMask?
  /// Weights that the network's schedule takes from this layer now.
  package var pruned = 0
  /// Layers that the method works on.
  package let siblings: Int

  package init(_ target: WeightTarget, auxiliary: Tensor, siblings: Int) {
    self.target = target
    self.auxiliary = Parameter(auxiliary, role: .weight)
    self.siblings = siblings
  }

  package var weight: Tensor { target.parameter.value }
}
