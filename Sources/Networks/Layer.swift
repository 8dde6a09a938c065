import Autodiff
import Kernels

/// Part of a network.
package protocol Layer: AnyObject {
  /// `pass` carries the mode and the tape: nothing is ambient.
  func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable

  /// Every parameter and running statistic under its dotted path, in a fixed order.
  func members(at path: String) -> [Member]

  /// Shape of the output for an input of `shape`; appends the cost of each layer that has parameters.
  func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape

  /// Channels of the output for an input with `channels`; tells `graph` what the layer does to them.
  func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels

  /// What the layer computes in use, with its present weights; tells `graph`.
  func freeze(_ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph) -> FrozenGraph.Value
}

/// One piece of a network's state, as PyTorch's `state_dict` names it.
package enum Member {
  case parameter(path: String, Parameter)
  case statistics(path: String, RunningStatistics)
}

extension [Member] {
  var trainable: [(path: String, parameter: Parameter)] {
    compactMap { if case .parameter(let path, let parameter) = $0 { (path, parameter) } else { nil } }
  }

  var runningStatistics: [(path: String, statistics: RunningStatistics)] {
    compactMap { if case .statistics(let path, let values) = $0 { (path, values) } else { nil } }
  }
}

/// What one layer with parameters costs.
package struct LayerCost: Equatable, Sendable {
  /// Path of the layer's weight or scale, such as `features.3.1.weight`.
  package let path: String
  package let operation: Operation
  /// Shape of the weight or scale.
  package let shape: Shape
  /// Multiply-accumulate operations an example with a dense weight; none for a normalisation, which in use is part of
  /// the convolution before it.
  package let macs: Int
  /// Numbers that the layer learns besides its weight or scale: its bias or shift.
  package let otherParameters: Int

  package enum Operation: String, Sendable {
    case convolution
    case depthwiseConvolution = "depthwise-convolution"
    case linear
    case normalization
    /// Table of rows by index, which multiplies nothing.
    case embedding
    /// Products of activations with one another.
    case attention
  }

  package init(path: String, operation: Operation, shape: Shape, macs: Int, otherParameters: Int = 0) {
    self.path = path
    self.operation = operation
    self.shape = shape
    self.macs = macs
    self.otherParameters = otherParameters
  }

  /// Whether the layer multiplies by a weight that pruning may act on.
  package var hasWeight: Bool {
    switch operation {
    case .convolution, .depthwiseConvolution, .linear: true
    case .normalization, .embedding, .attention: false
    }
  }

  /// All numbers that the layer learns.
  package var parameters: Int { shape.count + otherParameters }

  /// How often each weight is used for one example: MACs a nonzero weight.
  package var usesPerWeight: Int { shape.count == 0 ? 0 : macs / shape.count }

  /// MACs an example that are left if `zeros` of the weights are zero and skipped.
  ///
  /// - Precondition: no more zeros than weights.
  package func macs(withZeros zeros: Int) -> Int {
    precondition((0...shape.count).contains(zeros), "\(zeros) of the \(shape.count) weights of '\(path)'")
    // Products of activations, which no weight leaves out.
    guard shape.count > 0 else { return macs }
    return usesPerWeight * (shape.count - zeros)
  }
}

extension [LayerCost] {
  /// MACs an example with dense weights.
  package var macs: Int { reduce(0) { $0 + $1.macs } }

  /// MACs an example that are left with `zeros` zero weights by path.
  package func macs(withZeros zeros: [String: Int]) -> Int {
    reduce(0) { $0 + $1.macs(withZeros: zeros[$1.path, default: 0]) }
  }

  /// All numbers that the layers learn.
  package var parameters: Int { reduce(0) { $0 + $1.parameters } }
}

/// `name` below `path`.
func joined(_ path: String, _ name: String) -> String {
  path.isEmpty ? name : "\(path).\(name)"
}
