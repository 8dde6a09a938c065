import Datasets
import Foundation
import Kernels
import Networks
import RunStore
import Testing

@testable import Deployment

/// Images from files, as a network reads them, and everything that is no such image.
@Suite struct ImageInputTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "images-\(UUID().uuidString)")

  private static let metadata = [
    "network":
      #"{"architecture":"mobilenet-v1","classes":3,"inputChannels":1,"stem":"small","width":0.125}"#,
    "image-size": "[1,4,2]", "mean": "[0.25]", "standard-deviation": "[0.5]",
    "classes": #"["a","b","c"]"#,
  ]

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func model(_ changes: [String: String?] = [:]) throws -> DeployedModel {
    let network = Network(
      ModelConfig(architecture: .mobileNetV1, width: 0.125, stem: .small, inputChannels: 1, classes: 3), seed: Seed(1))
    var metadata = Self.metadata
    for (key, value) in changes { metadata[key] = value }
    return try DeployedModel(SafetensorsFile(tensors: network.state, metadata: metadata), name: "m")
  }

  private func read(_ bytes: some Collection<UInt8>, _ name: String = "a.pgm", resizing: Bool = false) throws -> Tensor
  {
    let url = folder.appending(path: name)
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try ImageInput(for: model(), resizing: resizing).read(url, path: name)
  }

  private func pgm(_ header: String, _ pixels: [UInt8]) -> [UInt8] { Array(header.utf8) + pixels }

  @Test func pixelsAreNormalised() throws {
    let image = try read(pgm("P5\n# words\n2 4\n255\n", [0, 255, 51, 0, 0, 0, 0, 102]))
    #expect(image.shape == [1, 1, 4, 2])
    let bytes: [Double] = [0, 255, 51, 0, 0, 0, 0, 102]
    let expected = bytes.map { byte in Float((byte / 255 - 0.25) / 0.5) }
    #expect(image.elements == expected)
  }

  @Test func coloursAreReadAsTheirLuma() throws {
    let image = try read(pgm("P6 2 4 255\n", [255, 0, 0, 0, 255, 0] + [UInt8](repeating: 0, count: 18)), "a.ppm")
    #expect(abs(image.elements[0] - Float((0.299 - 0.25) / 0.5)) < 1e-6)
    #expect(abs(image.elements[1] - Float((0.587 - 0.25) / 0.5)) < 1e-6)
  }

  @Test func tensorIsReadAsItIs() throws {
    let pixels = (0..<8).map { Float($0) / 8 }
    let bytes = try SafetensorsFile(tensors: ["x": Tensor(pixels, shape: [1, 4, 2])]).encoded()
    #expect(try read(bytes, "a.safetensors").elements == pixels.map { ($0 - 0.25) / 0.5 })
    let wild = try SafetensorsFile(tensors: ["x": Tensor([0, 2], shape: [1, 2, 1])]).encoded()
    #expect(
      throws: DeploymentError.malformedInput(path: "b.safetensors", fault: "its pixels are not all between 0 and 1")
    ) {
      _ = try read(wild, "b.safetensors")
    }
  }

  @Test func anotherSizeIsRefusedUnlessItMayBeScaled() throws {
    let image = pgm("P5 4 4 255\n", [UInt8](repeating: 51, count: 16))
    #expect(throws: DeploymentError.wrongInputSize(path: "a.pgm", found: [4, 4], expected: [4, 2])) {
      _ = try read(image)
    }
    #expect(try read(image, resizing: true).elements.allSatisfy { abs($0 + 0.1) < 1e-6 })
  }

  @Test func scalingInterpolatesBetweenCentres() {
    let row = PixelImage(values: [0, 1], channels: 1, height: 1, width: 2)
    #expect(row.resized(height: 1, width: 4).values == [0, 0.25, 0.75, 1])
    #expect(row.resized(height: 2, width: 2).values == [0, 1, 0, 1])
    #expect(
      PixelImage(values: [0, 1, 2, 3], channels: 1, height: 1, width: 4).resized(height: 1, width: 2).values == [
        0.5, 2.5,
      ])
  }

  @Test(arguments: [
    ("", "expected a PNG image, a binary PGM or PPM, or a .safetensors file with one tensor [C, H, W]"),
    ("GIF89a", "expected a PNG image, a binary PGM or PPM, or a .safetensors file with one tensor [C, H, W]"),
    ("P5", "it is no binary PGM or PPM of bytes: its header has no three numbers of at most eight digits"),
    ("P5 2 4", "it is no binary PGM or PPM of bytes: its header has no three numbers of at most eight digits"),
    ("P5 2 4 255", "it is no binary PGM or PPM of bytes: its header has no end"),
    ("P5 2 4 65535 ", "it is no binary PGM or PPM of bytes: its largest value is 65535, expected 255"),
    (
      "P5 0 4 255 ", "it is no binary PGM or PPM of bytes: its size is 0x4, expected 1 to 16777216 pixels"
    ),
    (
      "P6 99999999 99999999 255 ",
      "it is no binary PGM or PPM of bytes: its size is 99999999x99999999, expected 1 to 16777216 pixels"
    ),
    ("P5 2 4 255 1234567", "it ends after 18 bytes, expected 19"),
    ("P5 2 4 255 123456789", "it goes on after 19 bytes, where it should end"),
  ])
  func whatIsNoImageIsNamed(text: String, fault: String) {
    #expect(throws: DeploymentError.malformedInput(path: "a.pgm", fault: fault)) { _ = try read(Array(text.utf8)) }
  }

  @Test func metadataThatAskForTheImpossibleAreRefused() throws {
    for (key, value) in [
      ("network", "{}"),
      ("network", #"{"architecture":"resnet50","classes":3,"inputChannels":1,"stem":"small","width":1e9}"#),
      ("image-size", "[1,-1,2]"), ("image-size", "[]"), ("classes", "1"), ("standard-deviation", "[0]"),
      ("standard-deviation", "[1,1]"), ("mean", "[]"),
      ("channels", #"{"nothing":1}"#),
    ] {
      #expect(throws: DeploymentError.malformedMetadata(name: "m", key: key)) { _ = try model([key: value]) }
    }
    #expect(throws: DeploymentError.unknownNetwork(name: "m")) { _ = try model(["network": nil]) }
    #expect(throws: DeploymentError.unknownNormalization(name: "m")) {
      _ = try ImageInput(for: model(["mean": nil]), resizing: false)
    }
    #expect(throws: DeploymentError.unknownInput(name: "m")) {
      _ = try ImageInput(for: model(["image-size": nil, "mean": nil]), resizing: false)
    }
  }

  @Test func roundsHaveATimeOfEveryPlanAndTheBenchNamesWhatRunsDense() throws {
    let bench = try ModelBench(model(), batch: 2, threads: 1, warmup: 1, rounds: 3)
    #expect(bench.layers.count(where: { $0.weights > 0 }) == 28)
    #expect(bench.layers.filter { $0.implementation == "depthwise" }.allSatisfy { $0.isDense })
    #expect(
      bench.layers.allSatisfy {
        !$0.reason.isEmpty && $0.seconds > 0 && $0.isDense == ($0.weights > 0 && !$0.implementation.contains("sparse"))
      })
    #expect(
      bench.dense.seconds.lower <= bench.dense.seconds.median && bench.dense.seconds.median <= bench.dense.seconds.upper
    )
    #expect(abs(bench.chosen.examplesPerSecond * bench.chosen.seconds.median - 2) < 1e-9)
  }
}
