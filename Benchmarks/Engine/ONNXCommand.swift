import ArgumentParser
import Foundation
import Networks
import ONNX

/// Writes a network as ONNX with what the engine itself gives for it, for `check_onnx.py` to compare.
struct ONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx",
    abstract: "Write a random pruned network as ONNX, with its weights, inputs and the engine's scores.",
    discussion: """
      Example: engine-benchmark onnx resnet18 --out FOLDER
      """)

  @Argument(help: "Network: \(ONNXCase.allCases.map(\.rawValue).joined(separator: ", ")).")
  var network: ONNXCase
  @Option(help: "Folder to write to; it is there.")
  var out: String

  func run() throws {
    let example = network.example()
    let folder = URL(filePath: out)
    for (name, var model) in example.models {
      model.describe(["network": network.rawValue], producerVersion: "0")
      try model.encoded().write(to: folder.appending(path: "\(name).onnx"))
    }
    var weights = SafetensorsFile(tensors: example.weights)
    try weights.encoded().write(to: folder.appending(path: "weights.safetensors"))
    weights = SafetensorsFile(tensors: example.tensors)
    weights.integers = example.integers
    try weights.encoded().write(to: folder.appending(path: "example.safetensors"))
  }
}
