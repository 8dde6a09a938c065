import Autodiff
import Kernels

/// Part of a network.
package protocol Layer: AnyObject {
  /// `pass` carries the mode and the tape: nothing is ambient.
  func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable

  /// Every parameter and running statistic under its dotted path, in a fixed order.
  func members(at path: String) -> [Member]

  /// Shape of the output for an input of `shape`; appends the cost of each weight on the way.
  func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape
}

/// One piece of a network's state, as PyTorch's `state_dict` names it.
package enum Member {
  case parameter(path: String, Parameter)
  case statistics(path: String, RunningStatistics)
}

extension [Member] {
  var parameters: [(path: String, parameter: Parameter)] {
    compactMap { if case .parameter(let path, let parameter) = $0 { (path, parameter) } else { nil } }
  }

  var statistics: [(path: String, statistics: RunningStatistics)] {
    compactMap { if case .statistics(let path, let values) = $0 { (path, values) } else { nil } }
  }
}

/// What one weight costs.
package struct LayerCost: Equatable, Sendable {
  /// Path of the weight, such as `features.3.1.weight`.
  package let path: String
  package let operation: Operation
  package let shape: Shape
  /// Multiply-accumulate operations an example with a dense weight.
  package let macs: Int

  package enum Operation: String, Sendable {
    case convolution
    case depthwiseConvolution = "depthwise-convolution"
    case linear
  }

  /// How often each weight is used for one example: MACs a nonzero weight.
  package var usesPerWeight: Int { shape.count == 0 ? 0 : macs / shape.count }
}

/// `name` below `path`.
func joined(_ path: String, _ name: String) -> String {
  path.isEmpty ? name : "\(path).\(name)"
}
