import ArgumentParser
import Datasets
import Foundation
import Kernels
import ModelFiles
import Networks
import ONNX
import RunStore
import Training

extension ExportCommand {
  /// Writes the network of the one target as an ONNX model.
  func exportONNX(to url: URL) throws {
    // Before anything that takes time.
    try NewFile.refuseExisting(url)
    let target = ModelTarget(targets.first ?? "")
    let weights = try weights(of: target, shrinking: true)
    var model = try onnxModel(of: weights, target)
    model.describe(weights.metadata, producerVersion: PDPStudy.configuration.version)
    let bytes = try model.encoded()
    try NewFile.write(bytes, to: url)
    let graph = model.message.graph
    Console.output(
      "\(out): opset \(ONNXModel.opset), \(Format.counted(graph.node.count, "node")), "
        + "\(Format.counted(graph.initializer.count, "initializer")), \(Format.bytes(bytes.count))")
    if weights.metadata["image-size"] != nil, weights.metadata["mean"] == nil {
      Console.note("note: without the images' mean and standard deviation, for which their data set is to be fetched")
    }
  }

  private func onnxModel(of weights: SafetensorsFile, _ target: ModelTarget) throws -> ONNXModel {
    let name = "weights '\(Console.printable(target.text))'"
    guard let text = weights.metadata["network"] else {
      throw UsageError(
        "\(name) do not say which network they are of: expected 'network' among the metadata, as 'pdp-study export' "
          + "writes it; name the run, or export the file again from it")
    }
    guard let config = try? JSONDecoder().decode(NetworkConfig.self, from: Data(text.utf8)) else {
      throw WeightsError.unusableMetadata(path: target.text, key: "network", fault: "it is no network of this version")
    }
    switch config {
    case .images(let images):
      if let fault = images.fault {
        throw WeightsError.unusableMetadata(path: target.text, key: "network", fault: fault)
      }
      let network = Network(images)
      try load(weights.tensors, into: network, named: config.name, target)
      return ONNXModel(
        of: network, foldingNormalizations: foldBatchNorm, size: try imageSize(weights, target, images.inputChannels))
    case .text(let model):
      guard !foldBatchNorm else {
        throw UsageError("--fold-batch-norm: \(name) are of '\(Console.printable(model.encoder))', which has none")
      }
      let numbers = weights.tensors.reduce(0) { $0 + $1.value.count }
      if let fault = model.network.fault(ofFileWith: numbers) {
        throw WeightsError.unusableMetadata(path: target.text, key: "network", fault: fault)
      }
      let classifier = BertClassifier(model.network)
      try load(weights.tensors, into: classifier, named: config.name, target)
      return ONNXModel(of: classifier)
    }
  }

  private func load(
    _ tensors: [String: Tensor], into network: some TrainableNetwork, named name: String, _ target: ModelTarget
  ) throws {
    do throws(WeightsError) { try network.load(tensors) } catch {
      guard case .mismatch(let missing, let unused, let misshapen) = error else { throw error }
      throw RunAuditError.otherNetwork(
        path: target.text, network: name, missing: missing, unused: unused, misshapen: misshapen)
    }
  }

  /// nil if the metadata do not say.
  private func imageSize(
    _ weights: SafetensorsFile, _ target: ModelTarget, _ channels: Int
  ) throws -> ONNXModel.ImageSize? {
    guard let text = weights.metadata["image-size"] else { return nil }
    guard let size = try? JSONDecoder().decode([Int].self, from: Data(text.utf8)), size.count == 3,
      size[0] == channels, size.allSatisfy({ (1...1 << 20).contains($0) })
    else {
      throw WeightsError.unusableMetadata(
        path: target.text, key: "image-size", fault: "expected [\(channels), height, width]")
    }
    return ONNXModel.ImageSize(height: size[1], width: size[2])
  }
}
