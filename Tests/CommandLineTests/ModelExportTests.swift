import Autodiff
import Foundation
import Kernels
import ModelFiles
import Networks
import ONNX
import SwiftProtobuf
import Testing

/// `export` of weights as it is typed, and back.
@Suite struct ModelExportTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
  }

  private func read(_ path: String) throws -> ModelFile {
    try ModelFile(readingFrom: workplace.root.appending(path: path))
  }

  private func bits(_ file: ModelFile) -> [String: [UInt32]] {
    file.contents.tensors.mapValues { $0.elements.map(\.bitPattern) }
  }

  private func data(_ path: String) throws -> Data { try Data(contentsOf: workplace.root.appending(path: path)) }

  @Test func runGoesOutAndBackBitForBit() throws {
    #expect(try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
    let run = try #require(workplace.rows("SELECT run FROM v_runs WHERE arm = 'pdp-0.5'").first?.first)
    let packed = try workplace.run("export", "--format", "compact", String(run.prefix(8)), "--out", "tiny.pdpc")
    #expect(packed.code == 0 && packed.diagnostics == "", "\(packed)")
    let lines = packed.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[0].hasPrefix("tiny.pdpc: 137 tensors: "), "\(packed.output)")
    let packedBytes = try data("tiny.pdpc").count
    #expect(lines[2].hasPrefix("compact ") && lines[2].contains("  \(packedBytes)  "))
    #expect(lines[3].hasPrefix("dense safetensors ") && lines[3].hasSuffix("  100.0 %"))
    #expect(lines[4].hasPrefix("dense under zstd -9 "))

    let dense = try workplace.run("export", "--format", "safetensors", run, "--out", "tiny.safetensors")
    let size = try data("tiny.safetensors").count
    #expect(dense.output.hasPrefix("tiny.safetensors: 137 tensors, ") && dense.diagnostics == "", "\(dense)")
    #expect(lines[3].contains("  \(size)  "))
    let back = try workplace.run("export", "--format", "safetensors", "tiny.pdpc", "--out", "back.safetensors")
    #expect(back.code == 0)
    let again = try workplace.run("export", "--format", "compact", "./back.safetensors", "--out", "again.pdpc")
    #expect(again.code == 0)

    let model = try read("tiny.pdpc")
    #expect(model.format == .compact)
    #expect(try bits(model) == bits(read("results/runs/\(run)/model.safetensors")))
    #expect(try data("back.safetensors") == data("tiny.safetensors"))
    #expect(try data("again.pdpc") == data("tiny.pdpc"))
    #expect(model.contents.metadata["run"] == run)
    #expect(model.contents.metadata["study"] == "tiny")
    #expect(model.contents.metadata["arm"] == "pdp-0.5")
    #expect(model.contents.metadata["numerics"] == "\(Numerics.version)")
    #expect(model.contents.metadata["classes"] == "[\"above\",\"below\"]")

    // What is counted in one file is counted in the other.
    let counted = try workplace.run("verify-mask", "tiny.pdpc")
    #expect(try counted == workplace.run("verify-mask", "back.safetensors"))
    #expect(counted.code == 0 && counted.output.hasSuffix("everything agrees\n"))

    try expectRefusals(run)
  }

  private func expectRefusals(_ run: String) throws {
    let there = try workplace.run("export", "--format", "compact", run, "--out", "tiny.pdpc")
    #expect(there.code == 1 && there.diagnostics.hasSuffix("it is there already; choose another name\n"))
    var damaged = try Data(contentsOf: workplace.root.appending(path: "tiny.pdpc"))
    damaged[damaged.count - 1] ^= 1
    try damaged.write(to: workplace.root.appending(path: "damaged.pdpc"))
    #expect(
      try workplace.run("export", "--format", "safetensors", "damaged.pdpc", "--out", "x.safetensors")
        == Workplace.Outcome(
          code: 4, output: "",
          diagnostics: "error: weights file 'damaged.pdpc' is not a whole compact file: tensor "
            + "'features.9.4.weight' has a payload with another SHA-256 than the header says; export or copy it again\n"
        ))
    let url = workplace.root.appending(path: "results/runs/\(run)/model.safetensors")
    var weights = try Data(contentsOf: url)
    weights[weights.count - 1] ^= 1
    try weights.write(to: url)
    let changed = try workplace.run("export", "--format", "compact", run, "--out", "y.pdpc")
    #expect(changed.code == 4 && changed.diagnostics.contains("' has SHA-256 "), "\(changed)")
    #expect(!FileManager.default.fileExists(atPath: workplace.root.appending(path: "y.pdpc").path))
  }

  /// What a compact file of pruned channels holds is a smaller network, which the run's own file is not.
  @Test func prunedChannelsAreLeftOut() throws {
    let study = workplace.root.appending(path: "studies/tiny.swift")
    let text = try String(contentsOf: study, encoding: .utf8).replacing("\"tiny\",\n", with: "\"narrow\",\n")
      .replacing(
        "Arm(\"pdp-0.5\", .pdp(temperature: 1e-4), .unstructured(0.5))", with: "Arm(\"half\", .l1Norm, .channels(0.5))")
    try Data(text.utf8).write(to: workplace.root.appending(path: "studies/narrow.swift"))
    let trained = try workplace.run(
      "run", "narrow", "--profile", "smoke", "--progress", "none", "--only", "arm=half")
    #expect(trained.code == 0, "\(trained)")
    let run = try #require(workplace.rows("SELECT run FROM v_runs WHERE arm = 'half'").first?.first)
    #expect(try workplace.run("export", "--format", "compact", run, "--out", "half.pdpc").code == 0)
    let (small, whole) = (try read("half.pdpc").contents, try read("results/runs/\(run)/model.safetensors").contents)
    let channels = try JSONDecoder().decode(
      [String: Int].self, from: Data(try #require(small.metadata["channels"]).utf8))
    #expect(!channels.isEmpty)
    // A network of so many channels takes these tensors, and gives what the other gives.
    var config = ModelConfig(architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 1, classes: 2)
    let network = Network(config)
    try network.load(whole.tensors)
    config.channels = channels
    let shrunk = Network(config)
    try shrunk.load(small.tensors)
    #expect(shrunk.parameterCount < network.parameterCount / 2)
    let images = Variable(Tensor((0..<512).map { Float($0 % 7) / 7 }, shape: [2, 1, 16, 16]))
    let pairs = zip(
      network(images, Pass(.evaluation)).value.elements, shrunk(images, Pass(.evaluation)).value.elements)
    #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($0)) })
    // An ONNX model has the same tensors, of the run and of the file.
    for (target, name) in [(run, "run.onnx"), ("half.pdpc", "file.onnx")] {
      #expect(try workplace.run("export", "--format", "onnx", target, "--out", name).code == 0)
      let model = try Onnx_ModelProto(serializedBytes: try data(name))
      let weights = Dictionary(model.graph.initializer.map { ($0.name, $0.rawData) }, uniquingKeysWith: { $1 })
      #expect(weights == small.tensors.mapValues(\.littleEndianBytes))
    }
  }

  /// A name from a file cannot steer the terminal.
  @Test func namesOfADamagedFileAreMadeVisible() throws {
    let file = SafetensorsFile(tensors: ["a\u{1B}[31m\u{202E}": Tensor([1], shape: [1])])
    var bytes = try CompactFile(of: file).encoded()
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: workplace.root.appending(path: "odd.pdpc"))
    let outcome = try workplace.run("verify-mask", "odd.pdpc")
    #expect(outcome.code == 4)
    #expect(outcome.diagnostics.contains("tensor 'a\u{FFFD}[31m\u{FFFD}' has a payload"))
  }

  private static let wrongCalls: [String: String] = [
    "export --format compact --out a.pdpc": "expected one target whose weights are to be exported, got 0",
    "export --format compact feed fade --out a.pdpc": "expected one target whose weights are to be exported, got 2",
    "export --format csv feed --out a": "targets: expected with --format bundle, safetensors, compact or onnx alone",
    "export --format safetensors feed --checkpoints --out a":
      "--study and --checkpoints: expected with --format bundle alone",
    "export --format compact feed --out a.pdpc":
      "run 'feed' is unknown; 'pdp-study list' shows the runs there are",
    "export --format compact no.pdpc --out a.pdpc":
      "weights file 'no.pdpc' is not there; name a .safetensors or .pdpc file, or a run",
  ]

  @Test(arguments: wrongCalls.keys.sorted()) func wrongArgumentIsNamed(call: String) throws {
    let outcome = try workplace.start(call.split(separator: " ").map(String.init)).finish()
    let message = try #require(Self.wrongCalls[call])
    #expect(outcome.code == 2 && outcome.output == "")
    #expect(outcome.diagnostics.split(separator: "\n").first?.dropFirst("error: ".count) ?? "" == message)
  }
}
