import Digests
import Foundation
import Glibc
import Testing

/// A workspace in a temporary place with one tiny study on made-up images, and the built program to run in it.
final class Workplace {
  struct Outcome: Equatable {
    var code: Int32
    var output: String
    var diagnostics: String
  }

  let root = FileManager.default.temporaryDirectory.appending(path: "command-line-\(UUID().uuidString)")

  init() throws {
    try folder("studies")
    try Data(Self.study.utf8).write(to: root.appending(path: "studies/tiny.swift"))
    try writeDataset()
  }

  deinit {
    try? FileManager.default.removeItem(at: root)
  }

  static var program: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "pdp-study")
  }

  /// Starts the program with its streams going to files.
  func start(_ arguments: [String]) throws -> (process: Process, finish: () throws -> Outcome) {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.currentDirectoryURL = root
    let files = try ["out", "err"].map { stream in
      let url = root.appending(path: "\(UUID().uuidString).\(stream)")
      try Data().write(to: url)
      return url
    }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (
      process,
      {
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
        return Outcome(code: process.terminationStatus, output: texts[0], diagnostics: texts[1])
      }
    )
  }

  func run(_ arguments: String...) throws -> Outcome { try start(arguments).finish() }

  /// Until the run in `process` has written its first checkpoint, or the process ends.
  func waitForCheckpoint(of process: Process) throws {
    let runs = root.appending(path: "results/runs")
    while process.isRunning {
      let found = (try? FileManager.default.subpathsOfDirectory(atPath: runs.path)) ?? []
      if found.contains(where: { $0.contains("/checkpoints/step-") }) { return }
      usleep(10_000)
    }
  }

  /// The rows that `query` gives, without the header, a row its fields.
  func rows(_ sql: String) throws -> [[String]] {
    let outcome = try run("query", "--format", "csv", sql)
    #expect(outcome.code == 0, "\(outcome.diagnostics)")
    return outcome.output.split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  func folder(_ path: String) throws {
    try FileManager.default.createDirectory(at: root.appending(path: path), withIntermediateDirectories: true)
  }

  /// 40 training and 20 test images [16, 16] of two classes: bright above or bright below.
  private func writeDataset() throws {
    try folder("datasets/tiny")
    var files: [String] = []
    for (part, count) in [("training", 40), ("test", 20)] {
      let labels = (0..<count).map { UInt8($0 % 2) }
      let pixels = labels.enumerated().flatMap { index, label in
        (0..<256).map { position in UInt8((position / 128 == Int(label) ? 200 : 20) + (index * 7 + position) % 30) }
      }
      let images = Self.header(8, [count, 16, 16]) + pixels
      for (role, bytes) in [("Images", images), ("Labels", Self.header(8, [count]) + labels)] {
        let name = "\(part)\(role).idx"
        try Data(bytes).write(to: root.appending(path: "datasets/tiny/\(name)"))
        files.append(
          #"{"name":"\#(name)","role":"\#(part)\#(role)","bytes":\#(bytes.count),"#
            + #""sha256":"\#(SHA256Digest(of: bytes))","member":"\#(name)"}"#)
      }
    }
    let manifest = """
      {"schema":1,"name":"tiny","title":"Made-up images","note":"","licence":"none",
      "origin":{"debianPackage":{"package":"no-such-package","version":"1"}},
      "image":{"channels":1,"height":16,"width":16},"classCount":2,"classes":["above","below"],
      "partition":{"official":{"training":40,"test":20}},"files":[\(files.joined(separator: ","))]}
      """
    try Data(manifest.utf8).write(to: root.appending(path: "datasets/tiny/manifest.json"))
  }

  private static func header(_ type: UInt8, _ sides: [Int]) -> [UInt8] {
    [0, 0, type, UInt8(sides.count)]
      + sides.flatMap { side in (0..<4).reversed().map { UInt8(truncatingIfNeeded: side >> (8 * $0)) } }
  }

  /// `quick` is for tests that stop it in the middle, `bench` for those that do so again and again.
  private static let study = """
    import StudyKit

    let study = Study(
      "tiny",
      title: "A tiny study",
      question: "Does the program run?",
      countsAsYes: "It does.",
      task: .imageClassification(.mobileNetV1),
      recipe: Recipe(
        batch: 10, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 0, on: .allParameters),
        learningRate: .cosine(peak: 0.01, warmup: .epochs(1)), labelSmoothing: 0, augmentation: .unchanged,
        layers: .everyLayer, budget: .global(cap: 0.98)),
      profiles: [
        Profile(
          .smoke, data: DataSource(named: "tiny"), model: .smallImages(width: 0.25), epochs: 2,
          schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 1),
        Profile(
          .quick, data: DataSource(named: "tiny"), model: .smallImages(width: 0.25), epochs: 500,
          schedule: Schedule(warmup: .epochs(1), ramp: .epochs(100)), replicates: 1, evaluateEvery: 100),
        Profile(
          .bench, data: DataSource(named: "tiny"), model: .smallImages(width: 0.25), epochs: 10,
          schedule: Schedule(warmup: .epochs(1.5), ramp: .epochs(5)), replicates: 2, evaluateEvery: 3),
      ]
    ) {
      Arm("dense", .dense)
      Arm("pdp-0.5", .pdp(temperature: 1e-4), .unstructured(0.5))
      Table("top1", show: .top1)
      Figure(.curves)
    }

    """
}
