import Foundation
import Kernels
import ModelFiles
import Networks
import ONNX
import SwiftProtobuf
import Testing
import Training

/// `export --format onnx` as it is typed.
@Suite struct ONNXExportTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
  }

  private func url(_ path: String) -> URL { workplace.root.appending(path: path) }

  private func message(_ path: String) throws -> Onnx_ModelProto {
    try Onnx_ModelProto(serializedBytes: try Data(contentsOf: url(path)))
  }

  private func metadata(_ message: Onnx_ModelProto) -> [String: String] {
    Dictionary(message.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// The program's whole complaint about a call that writes nothing.
  private func complaint(_ arguments: String..., code: Int32) throws -> String {
    let outcome = try workplace.start(["export", "--format", "onnx"] + arguments).finish()
    #expect(outcome.code == code && outcome.output == "", "\(outcome)")
    #expect(outcome.diagnostics.hasPrefix("error: ") && outcome.diagnostics.hasSuffix("\n"))
    return String(outcome.diagnostics.dropFirst("error: ".count).dropLast())
  }

  @Test func runGoesOutWithWhereItComesFrom() throws {
    #expect(try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
    let run = try #require(workplace.rows("SELECT run FROM v_runs WHERE arm = 'pdp-0.5'").first?.first)
    let outcome = try workplace.run("export", "--format", "onnx", String(run.prefix(8)), "--out", "tiny.onnx")
    #expect(outcome.code == 0 && outcome.diagnostics == "", "\(outcome)")
    #expect(outcome.output.hasPrefix("tiny.onnx: opset 17, 84 nodes, 137 initializers, "), "\(outcome.output)")
    let model = try message("tiny.onnx")
    let weights = try ModelFile(readingFrom: url("results/runs/\(run)/model.safetensors")).contents
    #expect(
      Dictionary(uniqueKeysWithValues: model.graph.initializer.map { ($0.name, $0.rawData) })
        == weights.tensors.mapValues(\.littleEndianBytes))
    #expect(model.graph.input.first?.type.tensorType.shape.dim.map(\.dimValue) == [0, 1, 16, 16])

    let said = metadata(model)
    #expect(model.producerVersion == "0.1.0")
    #expect(said["run"] == run && said["study"] == "tiny" && said["arm"] == "pdp-0.5" && said["method"] == "pdp")
    #expect(said["numerics"] == "\(Numerics.version)" && said["sparsity"].flatMap(Double.init) ?? 0 > 0.45)
    #expect(said["classes"] == #"["above","below"]"# && said["image-size"] == "[1,16,16]")
    let (mean, deviation) = Self.normalization()
    let numbers = try ["mean", "standard-deviation"].map {
      try JSONDecoder().decode([Double].self, from: Data((said[$0] ?? "").utf8))
    }
    #expect(numbers.map(\.count) == [1, 1])
    #expect(abs(numbers[0][0] - mean) < 1e-12 && abs(numbers[1][0] - deviation) < 1e-9)

    // A file that was exported says as much as the run.
    #expect(try workplace.run("export", "--format", "compact", run, "--out", "tiny.pdpc").code == 0)
    #expect(try workplace.run("export", "--format", "onnx", "tiny.pdpc", "--out", "again.onnx").code == 0)
    #expect(try Data(contentsOf: url("again.onnx")) == Data(contentsOf: url("tiny.onnx")))
    let folded = try workplace.run("export", "--format", "onnx", run, "--fold-batch-norm", "--out", "folded.onnx")
    #expect(folded.output.hasPrefix("folded.onnx: opset 17, 57 nodes, 56 initializers, "), "\(folded)")

    try expectRefusals(run)
  }

  private func expectRefusals(_ run: String) throws {
    #expect(
      try complaint(run, "--out", "tiny.onnx", code: 1).hasSuffix("it is there already; choose another name"))
    #expect(try complaint(run, "--out", "no/tiny.onnx", code: 1).contains("no/tiny.onnx"))
    let own = "results/runs/\(run)/model.safetensors"
    #expect(
      try complaint(own, "--out", "x.onnx", code: 2)
        == "weights '\(own)' do not say which network they are of: expected 'network' among the metadata, as "
        + "'pdp-study export' writes it; name the run, or export the file again from it")
    let bytes = try Data(contentsOf: url("tiny.pdpc"))
    try bytes.prefix(bytes.count / 2).write(to: url("cut.pdpc"))
    #expect(try complaint("cut.pdpc", "--out", "x.onnx", code: 4).hasPrefix("weights file 'cut.pdpc' is not a whole"))
    // The data set's pixels are not needed, and what is not known is left out.
    try FileManager.default.removeItem(at: url("datasets/tiny/trainingImages.idx"))
    let outcome = try workplace.run("export", "--format", "onnx", run, "--out", "blind.onnx")
    #expect(
      outcome.diagnostics
        == "note: without the images' mean and standard deviation, for which their data set is to be fetched\n")
    #expect(metadata(try message("blind.onnx"))["mean"] == nil)
    #expect(!FileManager.default.fileExists(atPath: url("x.onnx").path))
  }

  /// Mean and deviation of the training images that `Workplace` writes, in 0...1.
  private static func normalization() -> (Double, Double) {
    var (sum, squares) = (0, 0)
    for index in 0..<40 {
      for position in 0..<256 {
        let base = position / 128 == index % 2 ? 200 : 20
        let pixel = base + (index * 7 + position) % 30
        sum += pixel
        squares += pixel * pixel
      }
    }
    let count = Double(40 * 256)
    let mean = Double(sum) / count / 255
    let variance = Double(squares) / count / (255 * 255) - mean * mean
    return (mean, variance.squareRoot())
  }

  private static let bert = TextModelConfig(
    encoder: "tiny-bert", fingerprint: "", isCut: false, lowercases: true,
    network: BertModelConfig(
      encoder: BertConfig(
        vocabularySize: 11, hiddenSize: 8, layers: 2, heads: 4, intermediateSize: 12, positions: 6, tokenTypes: 2,
        epsilon: 1e-12, dropout: 0.1), outputs: 3, pooling: .firstPosition))

  /// Writes a file of weights that says it is of `network`.
  private func write(_ name: String, _ tensors: [String: Tensor], network: NetworkConfig, size: String? = nil) throws {
    var metadata = ["network": String(decoding: try JSONEncoder().encode(network), as: UTF8.self)]
    metadata["image-size"] = size
    try SafetensorsFile(tensors: tensors, metadata: metadata).encoded().write(to: url(name))
  }

  @Test func fileOfATextNetworkGoesOut() throws {
    let network = BertClassifier(Self.bert.network, seed: Seed(1))
    try write("bert.safetensors", network.state, network: .text(Self.bert))
    #expect(try workplace.run("export", "--format", "onnx", "bert.safetensors", "--out", "bert.onnx").code == 0)
    let model = try message("bert.onnx")
    #expect(model.graph.input.map(\.name) == ["input_ids", "attention_mask", "token_type_ids"])
    #expect(metadata(model).keys.sorted() == ["network"])
    #expect(
      try complaint("bert.safetensors", "--fold-batch-norm", "--out", "x.onnx", code: 2)
        == "--fold-batch-norm: weights 'bert.safetensors' are of 'tiny-bert', which has none")
  }

  /// Nothing that a file says of its network ends the program, or makes it take memory that the file does not.
  @Test func networksThatCannotBeAreNamed() throws {
    let tensors = BertClassifier(Self.bert.network, seed: Seed(1)).state
    let numbers = tensors.reduce(0) { $0 + $1.value.count }
    let images = ModelConfig(architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 1, classes: 2)
    func text(_ change: (inout BertConfig) -> Void) -> NetworkConfig {
      var text = Self.bert
      change(&text.network.encoder)
      return .text(text)
    }
    func image(_ change: (inout ModelConfig) -> Void) -> NetworkConfig {
      var changed = images
      change(&changed)
      return .images(changed)
    }
    let faults: [(NetworkConfig, String)] = [
      (text { $0.vocabularySize = 1 << 20 }, "its sizes make a network of more than the file's \(numbers) numbers"),
      (text { $0.heads = 3 }, "'heads' is 3, expected a divisor of the width 8"),
      (text { $0.headsLeft = [1] }, "[1] heads left in 2 layers of 4, expected a count a layer within 1...4"),
      (image { $0.width = -1 }, "'width' is -1.0, expected a number above 0, up to 8"),
      (
        image { $0.channels = ["nowhere": 1] }, "'channels' names a group 'nowhere' that the network does not have"
      ),
      (
        image { $0.channels = ["features.0.0.weight": 9] }, "'channels' of 'features.0.0.weight' is 9, expected 1...8"
      ),
    ]
    for (index, (network, fault)) in faults.enumerated() {
      try write("\(index).safetensors", tensors, network: network)
      #expect(
        try complaint("\(index).safetensors", "--out", "x.onnx", code: 4)
          == "weights file '\(index).safetensors' has metadata 'network' that cannot be used: \(fault); export it again "
          + "from its run")
    }
    try write("other.safetensors", tensors, network: .images(images))
    #expect(
      try complaint("other.safetensors", "--out", "x.onnx", code: 4)
        .hasPrefix("weights file 'other.safetensors' is not of network 'mobilenet-v1': 135 tensors missing, such as "))
    try write("size.safetensors", Network(images).state, network: .images(images), size: "[3,0]")
    #expect(
      try complaint("size.safetensors", "--out", "x.onnx", code: 4)
        == "weights file 'size.safetensors' has metadata 'image-size' that cannot be used: expected [1, height, width]; "
        + "export it again from its run")
  }

  private static let wrongCalls: [String: String] = [
    "export --format csv --fold-batch-norm --out a": "--fold-batch-norm: expected with --format onnx alone",
    "export --format onnx feed --out a.onnx": "run 'feed' is unknown; 'pdp-study list' shows the runs there are",
    "export --format onnx --out a.onnx": "expected one target whose weights are to be exported, got 0",
  ]

  @Test(arguments: wrongCalls.keys.sorted()) func wrongArgumentIsNamed(call: String) throws {
    let outcome = try workplace.start(call.split(separator: " ").map(String.init)).finish()
    let message = try #require(Self.wrongCalls[call])
    #expect(outcome.code == 2 && outcome.output == "")
    #expect(outcome.diagnostics.split(separator: "\n").first?.dropFirst("error: ".count) ?? "" == message)
  }
}
