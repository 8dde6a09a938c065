import Kernels
import Networks
import ONNX
import SwiftProtobuf
import Testing

/// Networks of text as ONNX models; what they compute is held against ONNX Runtime by `make check-onnx`.
@Suite struct ONNXBertTests {
  private func message(_ network: BertClassifier) throws -> Onnx_ModelProto {
    try Onnx_ModelProto(serializedBytes: try ONNXModel(of: network).encoded())
  }

  @Test(arguments: BertModelConfig.Pooling.allCases)
  func modelHasEveryNumberBitForBit(pooling: BertModelConfig.Pooling) throws {
    let network = BertClassifier.sample(pooling: pooling)
    let message = try message(network)
    #expect(message.faults == [])
    let state = network.state
    let (found, others) = message.initializers(in: state)
    #expect(found == state.mapValues { $0.elements.map(\.bitPattern) })
    for (path, tensor) in state { #expect(message.initializer(path)?.dims == tensor.shape.extents.map(Int64.init)) }
    // What is left are the numbers of the operators themselves.
    let owners = Set(others.map { String($0.prefix { $0 != "." }) })
    #expect(owners == ["bert", "gelu", "heads", "keys", "rows"])
  }

  @Test func inputsAndOutputAreThoseOfTokenizers() throws {
    let graph = try message(.sample(pooling: .firstPosition)).graph
    #expect(graph.input.map(\.name) == ["input_ids", "attention_mask", "token_type_ids"])
    for input in graph.input {
      #expect(input.type.tensorType.elemType == 7)
      #expect(input.extents == ["batch", "length"])
    }
    #expect(graph.output.map(\.name) == ["logits"] && graph.output.map(\.extents) == [["batch", "3"]])
  }

  @Test func operatorsAreThoseOfTheLayers() throws {
    let operators = try message(.sample(pooling: .firstPosition)).operators
    // Of two layers six maps each, pooler and head; a normalisation of the embeddings and two a layer.
    #expect(operators["Gemm"] == 14 && operators["LayerNormalization"] == 5 && operators["Tanh"] == 1)
    #expect(operators["Erf"] == 2 && operators["Softmax"] == 2 && operators["Where"] == 2 && operators["MatMul"] == 4)
    let mean = try message(.sample(pooling: .mean)).operators
    #expect(mean["Gemm"] == 13 && mean["Tanh"] == nil && mean["ReduceSum"] == 2)
  }

  /// Products of a head are divided by the root of its width, and keys that are padding have the lowest of numbers.
  @Test func constantsAreTheFormulas() throws {
    let message = try message(.sample(pooling: .mean))
    #expect(message.initializer("heads.factor")?.numbers == [Float(0.5).squareRoot()])
    #expect(message.initializer("keys.lowest")?.numbers == [-Float.greatestFiniteMagnitude])
    #expect(message.initializer("gelu.root")?.numbers == [Float(2).squareRoot()])
    let epsilon = try #require(
      message.node("bert.embeddings.LayerNorm/LayerNormalization")?.attribute.first { $0.name == "epsilon" })
    #expect(epsilon.f == 1e-12)
  }

  @Test func removedHeadsAreLeftOut() throws {
    let network = BertClassifier.sample(pooling: .firstPosition, headsLeft: [1, 3])
    let message = try message(network)
    #expect(message.faults == [])
    #expect(message.initializer("bert.encoder.layer.0.attention.self.query.weight")?.dims == [2, 8])
    #expect(message.initializer("bert.encoder.layer.1.attention.output.dense.weight")?.dims == [8, 6])
    #expect(message.node("bert.encoder.layer.0.attention.self/Concat")?.input.last == "heads.1")
    #expect(message.node("bert.encoder.layer.1.attention.self/Concat")?.input.last == "heads.3")
  }
}
