import Autodiff
import Foundation
import Kernels
import Networks
import ONNX

extension Network {
  /// Weights of which half are zeros, and normalisations of which each does something of its own.
  static func sample(_ architecture: ModelConfig.Architecture, stem: ModelConfig.Stem = .imageNet) -> Network {
    let network = Network(
      ModelConfig(architecture: architecture, width: 0.25, stem: stem, inputChannels: 3, classes: 5), seed: Seed(1))
    func numbers(_ path: String, _ shape: Shape, _ body: (Float) -> Float) -> Tensor {
      let stream = Seed(2).stream(path)
      return Tensor((0..<shape.count).map { body(Float(stream.uniform(at: $0))) }, shape: shape)
    }
    for (path, parameter) in network.parameters {
      switch parameter.role {
      case .weight:
        let chances = numbers(path, parameter.shape) { $0 }.elements
        parameter.value = Tensor(
          zip(parameter.value.elements, chances).map { $1 < 0.5 ? 0 : $0 }, shape: parameter.shape)
      // Of either sign.
      case .normalization: parameter.value = numbers(path, parameter.shape) { 2 * $0 - 1 }
      case .bias, .embedding: break
      }
    }
    for (path, statistics) in network.statistics {
      statistics.mean = numbers("\(path) mean", statistics.mean.shape) { $0 - 0.5 }
      statistics.variance = numbers("\(path) variance", statistics.variance.shape) { $0 + 0.5 }
    }
    return network
  }
}

extension BertClassifier {
  static func sample(pooling: BertModelConfig.Pooling, headsLeft: [Int]? = nil) -> BertClassifier {
    let encoder = BertConfig(
      vocabularySize: 11, hiddenSize: 8, layers: 2, heads: 4, intermediateSize: 12, positions: 6, tokenTypes: 2,
      epsilon: 1e-12, dropout: 0.1, headsLeft: headsLeft)
    return BertClassifier(BertModelConfig(encoder: encoder, outputs: 3, pooling: pooling), seed: Seed(1))
  }
}

extension Onnx_ModelProto {
  /// How many nodes there are of each operator.
  var operators: [String: Int] { graph.node.reduce(into: [:]) { $0[$1.opType, default: 0] += 1 } }

  func initializer(_ name: String) -> Onnx_TensorProto? { graph.initializer.first { $0.name == name } }

  func node(_ name: String) -> Onnx_NodeProto? { graph.node.first { $0.name == name } }

  /// Weights and statistics of the initializers that are among `state`, and names of those that are not.
  func initializers(in state: [String: Tensor]) -> (found: [String: [UInt32]], others: [String]) {
    let own = graph.initializer.filter { state[$0.name] != nil }
    return (
      Dictionary(own.map { ($0.name, $0.bits) }, uniquingKeysWith: { first, _ in first }),
      graph.initializer.map(\.name).filter { state[$0] == nil }
    )
  }

  /// What a reader would stumble over: values that are read before they are there, or written twice.
  var faults: [String] {
    var known = Set(graph.input.map(\.name))
    var faults: [String] = []
    for name in graph.initializer.map(\.name) where !known.insert(name).inserted { faults.append("\(name) twice") }
    var read: Set<String> = []
    for node in graph.node {
      faults += node.input.filter { !known.contains($0) }.map { "\($0) before it is there" }
      read.formUnion(node.input)
      for name in node.output where !known.insert(name).inserted { faults.append("\(name) twice") }
    }
    for output in graph.output.map(\.name) where !known.contains(output) { faults.append("\(output) never") }
    return faults + known.subtracting(read).subtracting(graph.output.map(\.name)).sorted().map { "\($0) unread" }
  }
}

extension Onnx_TensorProto {
  var bits: [UInt32] {
    let bytes = [UInt8](rawData)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
  }

  var numbers: [Float] { bits.map { Float(bitPattern: $0) } }
}

extension Onnx_NodeProto {
  /// Attributes of integers, one or several.
  var integers: [String: [Int64]] {
    Dictionary(
      attribute.map { ($0.name, $0.type == .ints ? $0.ints : [$0.i]) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Onnx_ValueInfoProto {
  /// Such as `batch`, `3`.
  var extents: [String] {
    type.tensorType.shape.dim.map { $0.value == .dimParam($0.dimParam) ? $0.dimParam : "\($0.dimValue)" }
  }
}
