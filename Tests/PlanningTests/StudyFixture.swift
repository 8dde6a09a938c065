import Foundation
import Planning
import StudyKit
import Testing

/// A workspace of its own with study files in it, gone when the test ends.
final class StudyFixture {
  let workspace: URL

  init() throws {
    workspace = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "planning-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: workspace.appending(path: "studies"), withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: workspace)
  }

  var cache: URL { workspace.appending(path: "cache") }

  /// What the test program itself was built with.
  static func toolchain() throws -> StudyToolchain {
    try StudyToolchain(
      besideExecutable: URL(filePath: CommandLine.arguments[0]),
      searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "")
  }

  func loader(limits: StudyLimits = .standard, toolchain: StudyToolchain? = nil) throws -> StudyLoader {
    StudyLoader(
      workspace: workspace, cacheDirectory: cache, toolchain: try toolchain ?? Self.toolchain(), limits: limits)
  }

  /// Writes `source` as `studies/<slug>.swift` and loads it.
  func load(_ slug: String, _ source: String, limits: StudyLimits = .standard) throws -> StudyDocument {
    try write(slug, source)
    return try loader(limits: limits).load(slug)
  }

  func path(_ slug: String) -> String {
    workspace.appending(path: "studies/\(slug).swift").path
  }

  func write(_ slug: String, _ source: String) throws {
    try Data(source.utf8).write(to: URL(filePath: path(slug)))
  }

  /// A valid study file with `parts` from line 16 on.
  static func source(_ slug: String, parts: String) -> String {
    """
    import StudyKit

    let study = Study(
      "\(slug)", title: "T", question: "Q?", countsAsYes: "Y", task: .imageClassification(.mobileNetV1),
      recipe: Recipe(
        batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
        learningRate: .cosine(peak: 0.1, warmup: .epochs(0.5)), labelSmoothing: 0,
        augmentation: .cropAndFlip(padding: 4), layers: .everyLayer, budget: .global(cap: 0.98)),
      profiles: [
        Profile(
          .smoke, data: .fashionMNIST.limited(training: 1000, evaluation: 500), model: .smallImages(width: 0.25),
          epochs: 2, schedule: Schedule(warmup: .epochs(0.5), ramp: .share(0.5)), replicates: 2, evaluateEvery: 1)
      ]
    ) {
      Arm("dense", .dense)
    \(parts)
    }
    """
  }
}
