import Foundation
import Testing

@testable import Datasets

@Suite struct DatasetStoreTests {
  private func message(_ body: () throws -> Void) throws -> String {
    let error = #expect(throws: DatasetError.self, performing: body)
    return try #require(error).description
  }

  /// A folder with the data set 'clothes', whole.
  private func clothes(labels: [UInt8] = [0, 1, 0, 1]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let (manifest, files) = Samples.officialManifest(labels: labels)
    try folder.write(manifest)
    for (name, data) in files { try folder.write(data, to: "datasets/clothes/\(name)") }
    return folder
  }

  @Test func loadsThePublishersDivisionTrainingFirst() throws {
    let folder = try clothes()
    let dataset = try folder.store.load("clothes")
    #expect(dataset.pixels == (0..<16).map { UInt8($0) })
    #expect(dataset.labels == [0, 1, 0, 1])
    #expect(dataset.shape == ImageShape(channels: 1, height: 2, width: 2))
    #expect(dataset.fingerprint == (try folder.store.manifest("clothes").fingerprint))
    #expect(dataset.indices(replicate: 3) == ([0, 1, 2], [3]))
  }

  @Test func loadsFolds() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<48).map { UInt8($0) }
    try folder.write(Samples.foldedManifest(pixels: pixels, labels: [0, 0, 1, 1]))
    try folder.write(IDX.file(pixels, shape: [4, 3, 2, 2]), to: "datasets/pets/images.idx")
    try folder.write(IDX.file([0, 0, 1, 1], shape: [4]), to: "datasets/pets/labels.idx")
    let dataset = try folder.store.load("pets")
    #expect(dataset.pixels == pixels)
    #expect(dataset.labels == [0, 0, 1, 1])
    #expect(dataset.indices(replicate: 0) == ([1, 3], [0, 2]))
    #expect(dataset.indices(replicate: 1) == ([0, 2], [1, 3]))
  }

  @Test func unknownNameSuggestsTheNearest() throws {
    let folder = try clothes()
    #expect(
      try message { _ = try folder.store.manifest("cloths") }
        == "data set 'cloths' is unknown: did you mean 'clothes'? the workspace has 'clothes'")
    #expect(
      try message { _ = try folder.store.manifest("../x") } == "data set '../x' is unknown: the workspace has 'clothes'"
    )
  }

  @Test func missingFilesAreNamedWithTheRemedy() throws {
    let folder = try clothes()
    try FileManager.default.removeItem(atPath: folder.path("clothes/train-images.gz"))
    try FileManager.default.removeItem(atPath: folder.path("clothes/test-labels.gz"))
    let expected =
      "data set 'clothes' is not fetched: 'train-images.gz', 'test-labels.gz' missing; run "
      + "'pdp-study data fetch clothes'"
    #expect(try message { _ = try folder.store.load("clothes") } == expected)
    #expect(try message { try folder.store.verify("clothes") } == expected)
    #expect(try folder.store.status("clothes").state == .missing(["train-images.gz", "test-labels.gz"]))
  }

  @Test func cutOffFileIsNamedWithBothSizes() throws {
    let folder = try clothes()
    let path = folder.path("clothes/train-images.gz")
    let data = try Data(contentsOf: URL(filePath: path))
    try data.dropLast(5).write(to: URL(filePath: path))
    let expected =
      "dataset file '\(path)' has \(data.count - 5) bytes, expected \(data.count); delete it and run "
      + "'pdp-study data fetch clothes'"
    #expect(try message { _ = try folder.store.load("clothes") } == expected)
    #expect(try message { try folder.store.verify("clothes") } == expected)
  }

  @Test func changedFileIsNamedWithBothDigests() throws {
    let folder = try clothes()
    let path = folder.path("clothes/test-images.gz")
    var data = try Data(contentsOf: URL(filePath: path))
    let expected = Samples.digest(data)
    data[data.count / 2] ^= 1
    try data.write(to: URL(filePath: path))
    #expect(
      try message { _ = try folder.store.load("clothes") }
        == "dataset file '\(path)' has SHA-256 \(Samples.digest(data)), expected \(expected); delete it and run "
        + "'pdp-study data fetch clothes'")
    let fault = DatasetError.wrongDigest(
      dataset: "clothes", file: path, expected: expected, actual: Samples.digest(data))
    #expect(try folder.store.status("clothes").state == .corrupt([fault]))
  }

  @Test func labelOutsideTheClassesIsNamed() throws {
    let folder = try clothes(labels: [0, 1, 2, 0])
    #expect(
      try message { _ = try folder.store.load("clothes") }
        == "dataset file '\(folder.path("clothes/train-labels.gz"))' is malformed: label 2 is 2, expected 0...1")
  }

  @Test func countThatTheManifestDoesNotExpectIsNamed() throws {
    let folder = try clothes()
    var manifest = try folder.store.manifest("clothes")
    var images = try manifest.images()
    images.partition = .official(training: 2, test: 1)
    manifest.content = .images(images)
    try folder.write(manifest)
    #expect(
      try message { _ = try folder.store.load("clothes") }
        == "dataset file '\(folder.path("clothes/train-images.gz"))' is malformed: its shape is [3, 2, 2], "
        + "expected [2, 2, 2]")
  }

  @Test func userProvidedDataSetSaysWhatIsExpected() throws {
    let folder = try TemporaryFolder()
    var manifest = Samples.officialManifest().manifest
    manifest.origin = .user(layout: "'train/<class>/*.JPEG'")
    manifest.files = []
    try folder.write(manifest)
    let expected =
      "data set 'clothes' is not fetchable: its terms let only you bring it, and this version has no reader for it "
      + "yet; the folder layout expected is 'train/<class>/*.JPEG'"
    #expect(try message { _ = try folder.store.load("clothes") } == expected)
    #expect(try message { try folder.store.verify("clothes") } == expected)
    #expect(try message { try folder.store.fetch("clothes") } == expected)
  }

  @Test func listHasEveryDataSetByName() throws {
    let folder = try clothes()
    try folder.write(Samples.foldedManifest(name: "animals", pixels: [UInt8](repeating: 0, count: 24), labels: [0, 1]))
    let statuses = try folder.store.list()
    #expect(statuses.map(\.name) == ["animals", "clothes"])
    #expect(statuses.map(\.state) == [.missing(["images.idx", "labels.idx"]), .fetched])
    #expect(statuses.map(\.licence) == ["none", "MIT"])
    #expect(statuses[0].bytes == 20 + 24 + 8 + 2)
  }

  @Test func missingRootIsAnError() throws {
    let store = DatasetStore(root: URL(filePath: "/nonexistent/datasets"))
    #expect(
      try message { _ = try store.names() }
        == "'/nonexistent/datasets' cannot be used: No such file or directory; check the path and its permissions")
  }
}
