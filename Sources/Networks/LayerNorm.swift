import Autodiff
import Kernels

/// Layer normalisation with its scale and shift.
package final class LayerNorm {
  package let scale: Parameter
  package let shift: Parameter
  package let epsilon: Float

  package init(_ width: Int, epsilon: Float) {
    scale = Parameter(Tensor(repeating: 1, shape: [width]), role: .normalization)
    shift = Parameter(Tensor(repeating: 0, shape: [width]), role: .normalization)
    self.epsilon = epsilon
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    pass.layerNormalization(x, scale: scale, shift: shift, epsilon: epsilon)
  }

  package func members(at path: String) -> [Member] {
    [.parameter(path: joined(path, "weight"), scale), .parameter(path: joined(path, "bias"), shift)]
  }
}
