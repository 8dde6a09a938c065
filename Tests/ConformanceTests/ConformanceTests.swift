import Conformance
import Foundation
import Testing

@Suite struct ConformanceTests {
  /// Cases that the engine of this version covers, by prefix of their names.
  private static let covered = [
    "linear-", "conv2d-", "batch_norm2d-", "relu", "max_pool2d-", "avg_pool2d-", "global_avg_pool2d", "cross_entropy-",
    "optimizer-sgd", "schedule-cosine", "schedule-gmp", "schedule-pdp", "pdp-unstructured", "pdp-nm", "pdp-channel",
    "budget-global", "budget-erk", "model-mobilenet_v1", "model-mobilenet_v2", "model-resnet18",
    "model-resnet50",
  ]

  static var folder: URL {
    Bundle.module.resourceURL?.appending(path: "Golden") ?? URL(filePath: "Golden")
  }

  private static var files: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { name in covered.contains { name.hasPrefix($0) } }.sorted()
  }

  @Test func everyCoveredKindHasItsCases() {
    #expect(Self.files.count == 51)
  }

  @Test(arguments: files)
  func casePasses(file: String) {
    let outcome = Conformance.run(file: Self.folder.appending(path: file))
    #expect(outcome.verdict.isPass, "\(outcome.name) (\(outcome.operation)): \(outcome.verdict)")
  }
}
