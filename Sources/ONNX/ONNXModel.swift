import Foundation
import Networks
import SwiftProtobuf

/// A network in use as an ONNX model, whose weights are initializers under PyTorch's names, zeros and all.
///
/// - Source: the ONNX specification, docs/IR.md and docs/Operators.md of https://github.com/onnx/onnx.
package struct ONNXModel {
  /// Version of the operators; the first that has layer normalisation.
  package static let opset = 17
  /// Version of the format that came with that opset.
  package static let formatVersion = 8
  /// Most bytes of a protocol buffer.
  package static let byteLimit = Int(Int32.max) - 1

  package private(set) var message = Onnx_ModelProto()

  /// Height and width of images.
  package struct ImageSize {
    package let height: Int
    package let width: Int

    package init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  /// A network that reads images, with its present weights and running statistics.
  ///
  /// - Shapes: input `images` [batch, C, H, W] float, H and W any where `size` is nil; output `logits` [batch, classes].
  package init(of network: Network, foldingNormalizations: Bool, size: ImageSize?) {
    self.init(
      GraphBuilder(
        network.frozenGraph(foldingNormalizations: foldingNormalizations), name: network.config.architecture.rawValue,
        channels: network.config.inputChannels, classes: network.config.classes, size: size))
  }

  /// A network that reads text, with its present weights.
  ///
  /// - Shapes: inputs `input_ids`, `attention_mask` and `token_type_ids` [batch, length] 64-bit integers, the mask 0 at
  ///   padding and 1 elsewhere; output `logits` [batch, outputs].
  package init(of classifier: BertClassifier) {
    self.init(GraphBuilder(classifier))
  }

  private init(_ builder: GraphBuilder) {
    message.irVersion = Int64(Self.formatVersion)
    message.producerName = "pdp-study"
    message.graph = builder.graph
    var operators = Onnx_OperatorSetIdProto()
    operators.domain = ""
    operators.version = Int64(Self.opset)
    message.opsetImport = [operators]
  }

  /// Says what the model is, and of what version of this program.
  package mutating func describe(_ metadata: [String: String], producerVersion: String) {
    message.producerVersion = producerVersion
    message.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
      var entry = Onnx_StringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
  }

  /// The file's bytes; equal models give equal bytes.
  ///
  /// - Throws: `ONNXError.tooLarge` if they are more than `limit`.
  package func encoded(limit: Int = byteLimit) throws -> Data {
    let weights = message.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    guard weights <= limit else { throw ONNXError.tooLarge(limit: limit) }
    let bytes: Data
    // The schema has no required fields: all that encoding can fail for is the size.
    do { bytes = try message.serializedData() } catch is BinaryEncodingError {
      throw ONNXError.tooLarge(limit: limit)
    }
    guard bytes.count <= limit else { throw ONNXError.tooLarge(limit: limit) }
    return bytes
  }
}
