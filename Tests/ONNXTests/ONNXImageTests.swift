import Foundation
import Kernels
import Networks
import ONNX
import SwiftProtobuf
import Testing

/// Networks of images as ONNX models; what they compute is held against ONNX Runtime by `make check-onnx`.
@Suite struct ONNXImageTests {
  private func whole(_ network: Network, size: ONNXModel.ImageSize? = nil) -> ONNXModel {
    ONNXModel(of: network, foldingNormalizations: false, size: size)
  }

  private func folded(_ network: Network) -> ONNXModel {
    ONNXModel(of: network, foldingNormalizations: true, size: nil)
  }

  @Test(arguments: ModelConfig.Architecture.allCases)
  func wholeModelHasEveryNumberBitForBit(architecture: ModelConfig.Architecture) throws {
    let network = Network.sample(architecture)
    let message = try Onnx_ModelProto(serializedBytes: try whole(network).encoded())
    #expect(message.faults == [])
    let state = network.state
    let (found, others) = message.initializers(in: state)
    #expect(found == state.mapValues { $0.elements.map(\.bitPattern) })
    #expect(others == (architecture == .mobileNetV2 ? ["relu6.minimum", "relu6.maximum"] : []))
    for (path, tensor) in state {
      #expect(message.initializer(path)?.dims == tensor.shape.extents.map(Int64.init))
      #expect(message.initializer(path)?.dataType == 1)
    }
  }

  /// At a quarter of the width, where MobileNet-v2 has a shortcut more.
  private static let operators: [ModelConfig.Architecture: [String: Int]] = [
    .mobileNetV1: ["Conv": 27, "Relu": 27],
    .mobileNetV2: ["Conv": 52, "Clip": 35, "Add": 11],
    .resNet18: ["Conv": 20, "Relu": 17, "Add": 8, "MaxPool": 1],
    .resNet34: ["Conv": 36, "Relu": 33, "Add": 16, "MaxPool": 1],
    .resNet50: ["Conv": 53, "Relu": 49, "Add": 16, "MaxPool": 1],
  ]

  @Test(arguments: ModelConfig.Architecture.allCases)
  func operatorsAreThoseOfTheArchitecture(architecture: ModelConfig.Architecture) throws {
    var expected = try #require(Self.operators[architecture])
    expected.merge(["GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1]) { _, new in new }
    let network = Network.sample(architecture)
    #expect(folded(network).message.operators == expected)
    expected["BatchNormalization"] = expected["Conv"]
    #expect(whole(network).message.operators == expected)
  }

  @Test(arguments: ModelConfig.Architecture.allCases)
  func foldingScalesFiltersAndKeepsZeros(architecture: ModelConfig.Architecture) throws {
    let network = Network.sample(architecture, stem: .small)
    let message = folded(network).message
    #expect(message.faults == [])
    let state = network.state
    let normalizations = whole(network).message.graph.node.filter { $0.opType == "BatchNormalization" }
    #expect(!normalizations.isEmpty)
    for node in normalizations {
      // What it normalises is a convolution's, after which it is named.
      let convolution = try #require(node.input.first?.split(separator: "/").first.map(String.init))
      let path = String(node.name.dropLast("/BatchNormalization".count))
      #expect(message.initializer("\(path).weight") == nil && message.initializer("\(path).running_mean") == nil)
      let weight = try #require(state["\(convolution).weight"])
      let filters = try #require(message.initializer("\(convolution).weight"))
      let biases = try #require(message.initializer("\(convolution).bias")).numbers
      let width = weight.shape.count / weight.shape[0]
      #expect(filters.numbers.count == weight.shape.count && biases.count == weight.shape[0])
      func statistic(_ name: String, _ channel: Int) -> Double {
        Double(state["\(path).\(name)"]?.elements[channel] ?? .nan)
      }
      let factors = biases.indices.map { statistic("weight", $0) / (statistic("running_var", $0) + 1e-5).squareRoot() }
      for (index, (before, after)) in zip(weight.elements, filters.numbers).enumerated() {
        let expected = Double(before) * factors[index / width]
        guard before == 0 ? after.bitPattern == 0 : abs(Double(after) - expected) <= 1e-6 * abs(expected) else {
          Issue.record("'\(convolution)' at \(index): \(before) became \(after)")
          break
        }
      }
      for (channel, bias) in biases.enumerated() {
        let expected = statistic("bias", channel) - factors[channel] * statistic("running_mean", channel)
        #expect(abs(Double(bias) - expected) <= 1e-6)
      }
    }
  }

  @Test func geometryIsTheLayers() throws {
    let message = whole(.sample(.resNet18)).message
    let stem = try #require(message.node("conv1/Conv")).integers
    #expect(stem == ["group": [1], "kernel_shape": [7, 7], "pads": [3, 3, 3, 3], "strides": [2, 2]])
    let pooling = try #require(message.graph.node.first { $0.opType == "MaxPool" }).integers
    #expect(pooling == ["kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]])
    let shortcut = try #require(message.node("layer2.0.downsample.0/Conv")).integers
    #expect(shortcut == ["group": [1], "kernel_shape": [1, 1], "pads": [0, 0, 0, 0], "strides": [2, 2]])
    // The sum is of the two normalised ones.
    #expect(
      message.node("layer2.0.conv2/Add")?.input
        == ["layer2.0.bn2/BatchNormalization", "layer2.0.downsample.1/BatchNormalization"])
    #expect(message.node("layer2.0.bn2/BatchNormalization")?.attribute.first?.f == 1e-5)
  }

  @Test func versionsInputsAndMetadataAreStated() throws {
    let network = Network.sample(.mobileNetV1)
    var model = whole(network, size: .init(height: 32, width: 48))
    model.describe(["run": "3f2a", "classes": #"["a","b"]"#], producerVersion: "1.2.3")
    let message = try Onnx_ModelProto(serializedBytes: try model.encoded())
    #expect(message.irVersion == 8 && message.producerName == "pdp-study" && message.producerVersion == "1.2.3")
    #expect(message.opsetImport.map(\.version) == [17] && message.opsetImport.map(\.domain) == [""])
    #expect(message.metadataProps.map(\.key) == ["classes", "run"])
    #expect(message.metadataProps.map(\.value) == [#"["a","b"]"#, "3f2a"])
    #expect(message.graph.input.map(\.name) == ["images"] && message.graph.output.map(\.name) == ["logits"])
    #expect(message.graph.input.map(\.extents) == [["batch", "3", "32", "48"]])
    #expect(message.graph.output.map(\.extents) == [["batch", "5"]])
    #expect(whole(network).message.graph.input.map(\.extents) == [["batch", "3", "height", "width"]])
  }

  @Test func prunedChannelsAreLeftOut() throws {
    let network = Network.sample(.mobileNetV1)
    let group = try #require(network.channelGroups().first { $0.isPrunable })
    let shrunk = network.shrunk(keeping: [group.name: [1, 2, 5]])
    let message = whole(shrunk).message
    #expect(message.faults == [])
    #expect(message.initializer("features.0.0.weight")?.dims == [3, 3, 3, 3])
    #expect(message.node("features.1.0/Conv")?.integers["group"] == [3])
    #expect(message.initializers(in: shrunk.state).found == shrunk.state.mapValues { $0.elements.map(\.bitPattern) })
  }

  @Test func modelsThatAreTooLargeAreRefused() throws {
    let model = folded(.sample(.resNet18))
    let bytes = try model.encoded().count
    #expect(try model.encoded(limit: bytes).count == bytes)
    // One byte too many, and weights that are too many by themselves.
    for limit in [bytes - 1, bytes / 2] {
      #expect(throws: ONNXError.tooLarge(limit: limit)) { try model.encoded(limit: limit) }
    }
    #expect(ONNXModel.byteLimit == 2_147_483_646)
    #expect(
      ONNXError.tooLarge(limit: 9).description
        == "the ONNX model would take more than 9 bytes, the most that a protocol buffer holds; export safetensors")
  }
}
