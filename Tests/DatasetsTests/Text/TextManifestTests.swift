import Foundation
import Testing

@testable import Datasets

@Suite struct TextManifestTests {
  private static let workspace = DatasetStore(
    root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "datasets"))

  @Test(arguments: [
    ("movie-snippets", 9065, 1007, 2, false, TextMetric.accuracy),
    ("movie-snippets-ratings", 9545, 1060, 0, false, .pearson),
    ("vitaminc", 49202, 5466, 3, true, .accuracy),
    ("glue-cola", 8551, 1043, 2, false, .matthews),
    ("glue-sst2", 67349, 872, 2, false, .accuracy),
    ("glue-mrpc", 3668, 408, 2, true, .accuracy),
    ("msr-paraphrase", 4076, 1725, 2, true, .accuracy),
    ("glue-qqp", 363_846, 40430, 2, true, .accuracy),
    ("glue-stsb", 5749, 1500, 0, true, .pearson),
    ("glue-mnli", 392_702, 9815 + 9832, 3, true, .accuracy),
    ("glue-qnli", 104_743, 5463, 2, true, .accuracy),
    ("glue-rte", 2490, 277, 2, true, .accuracy),
    ("glue-wnli", 635, 71, 2, true, .accuracy),
  ])
  func planningLearnsTaskAndCountsWithoutTheFiles(
    name: String, training: Int, evaluation: Int, classes: Int, isPair: Bool, headline: TextMetric
  ) throws {
    let manifest = try Self.workspace.manifest(name)
    #expect(manifest.kind == .text)
    let task = try manifest.text().task
    #expect(try manifest.counts() == (training, evaluation))
    #expect(task.classes.count == classes)
    #expect(task.isPair == isPair)
    #expect(task.metrics.first == headline)
    #expect(throws: DatasetError.wrongKind(dataset: name, expected: .images, actual: .text)) { try manifest.images() }
    if name.hasPrefix("glue-") { #expect(manifest.note.contains("because the labels of the test file")) }
  }

  /// Runs planned before there were texts keep their names.
  @Test(arguments: [
    ("cifar10-10k", "90775a35d0b1d1820dc59ea2283b5ecc61e67e9707ccda5a155edff8e2e65b84"),
    ("fashion-mnist", "69aefa94ce4f6c100cb336820063479568629d345f44f689dc327bc96a6f3321"),
    ("minilm-l6", "6605babe644b54a487b73aac62bf9f852fb379f3349b211ad3b5b397ea0d69fb"),
    ("imagenet", "0afd7c2a84f4f66e539574b333e1cfb9e61197116aa7420a89ccb2dfa6a28610"),
  ])
  func fingerprintsOfOtherDataSetsStay(name: String, fingerprint: String) throws {
    #expect(try Self.workspace.manifest(name).fingerprint == fingerprint)
  }

  @Test func textIsPartOfADataConfigOnlyWhereItIsSet() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var config = Samples.config(training: 5)
    let text = { String(decoding: try encoder.encode(config), as: UTF8.self) }
    #expect(
      try text()
        == "{\"augmentation\":{\"cropPadding\":2,\"flipsHorizontally\":true},\"dataset\":\"folded\","
        + "\"fingerprint\":\"f\",\"trainingLimit\":5}")
    config.text = TextEncoding(maximumLength: 64, tokensPerBatch: 2048)
    #expect(try text().hasSuffix("\"text\":{\"maximumLength\":64,\"tokensPerBatch\":2048},\"trainingLimit\":5}"))
    #expect(try JSONDecoder().decode(DataConfig.self, from: Data(text().utf8)) == config)
  }

  @Test func contentHasAFixedForm() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let content = TextContent(
      task: Samples.claims,
      partition: .official(training: 4, evaluations: [.init(name: "test", examples: 2)]), source: .rte)
    let data = try encoder.encode(content)
    #expect(
      String(decoding: data, as: UTF8.self)
        == "{\"partition\":{\"official\":{\"evaluations\":[{\"examples\":2,\"name\":\"test\"}],\"training\":4}},"
        + "\"source\":\"rte\",\"task\":{\"isPair\":true,\"metrics\":[\"accuracy\",\"f1\"],"
        + "\"target\":{\"classes\":[\"no\",\"yes\"]}}}")
    #expect(try JSONDecoder().decode(TextContent.self, from: data) == content)
    let grades = try encoder.encode(Samples.grades.target)
    #expect(String(decoding: grades, as: UTF8.self) == "{\"score\":{\"highest\":5,\"lowest\":0}}")
    #expect(try JSONDecoder().decode(TextTask.Target.self, from: grades) == Samples.grades.target)
  }

  @Test func everyFaultOfATextManifestIsReported() throws {
    let folder = try TemporaryFolder()
    var task = Samples.claims
    task.target = .classes(["a", "b", "b"])
    task.isPair = false
    task.metrics = [.matthews, .pearson]
    var manifest = Samples.glueManifest(.mnli, task: task, training: 0, evaluations: [3])
    manifest.files = [.init(name: "x.tsv", role: .examples, bytes: 1, sha256: String(repeating: "0", count: 64))]
    try folder.write(manifest)
    let error = #expect(throws: DatasetError.self) { try folder.store.manifest("task") }
    #expect(
      try #require(error).description
        == "manifest '\(folder.path("task/manifest.json"))' is invalid: 'classes' has a name twice; "
        + "metric 'matthews' does not fit the target; metric 'pearson' does not fit the target; "
        + "'isPair' is false, expected true; 'partition' must have 1...100000000 examples a part, the first evaluation "
        + "called 'test' and no name twice; 'files' must be empty: no digest of what a user brings is known; "
        + "'partition' must be official with 2 evaluation parts")
  }

  @Test func packageSourceBroughtByTheUserIsAFault() throws {
    let folder = try TemporaryFolder()
    try folder.write(Samples.glueManifest(.movieSnippets, task: Samples.moods, training: 1, evaluations: [1]))
    #expect(
      throws: DatasetError.manifestInvalid(
        path: folder.path("task/manifest.json"),
        faults: [
          "source 'movieSnippets' must come from a package", "a source distribution must have a 'partition' in folds",
        ])
    ) { try folder.store.manifest("task") }
  }
}
