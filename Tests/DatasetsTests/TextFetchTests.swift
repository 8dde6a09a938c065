import Foundation
import Testing

@testable import Datasets

/// Texts in an archive inside a source distribution; the package index is a shell script.
@Suite struct TextFetchTests {
  private static let text = "1\t3.5\tLovely\n2\t-3\tAwful\n3\t0.1\tSo so\n4\t1\tFine\n5\t-1\tPoor\n"
  private static let kept = "target\tfirst\ngood\tLovely\nbad\tAwful\ngood\tFine\nbad\tPoor\n"

  /// The data set 'moods', its archive handed out; `text` is what the inner archive really holds.
  private func moods(text: String = Self.text, kept: String = Self.kept) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Data(text.utf8), to: "inner/set/ratings.txt")
    try folder.write(Data(), to: "outer/moodpack-1.0/.keep")
    let inner = folder.url.appending(path: "outer/moodpack-1.0/set.tar.gz")
    try tar(inner, from: folder.url.appending(path: "inner"), "set")
    try folder.write(Data(), to: "index/.keep")
    let archive = folder.url.appending(path: "index/moodpack-1.0.tar.gz")
    try tar(archive, from: folder.url.appending(path: "outer"), "moodpack-1.0")
    try folder.write(
      Manifest(
        name: "moods", title: "Moods", note: "", licence: "none",
        origin: .sourceDistribution(
          package: "moodpack", version: "1.0", archive: try blob("moodpack-1.0.tar.gz", Data(contentsOf: archive)),
          member: try blob("moodpack-1.0/set.tar.gz", Data(contentsOf: inner)),
          inner: .init(
            path: "set/ratings.txt", bytes: Self.text.utf8.count,
            sha256: Samples.digest(Data(Self.text.utf8)))),
        content: .text(
          TextContent(
            task: Samples.moods, partition: .stratifiedFolds(examples: 4, folds: 2), source: .movieSnippets)),
        files: [
          .init(
            name: "examples.tsv", role: .examples, bytes: kept.utf8.count, sha256: Samples.digest(Data(kept.utf8)))
        ]))
    try folder.writeTool("python3", "cp \"$(dirname \"$0\")/../index/$3-$4.tar.gz\" \"$5\"")
    return folder
  }

  private func blob(_ path: String, _ data: Data) throws -> Manifest.Blob {
    .init(path: path, bytes: data.count, sha256: Samples.digest(data))
  }

  private func tar(_ archive: URL, from folder: URL, _ name: String) throws {
    let tar = try Process.run(
      URL(filePath: "/usr/bin/tar"), arguments: ["-czf", archive.path, "-C", folder.path, name])
    tar.waitUntilExit()
  }

  private func fetch(_ folder: TemporaryFolder) throws -> Bool {
    try folder.store.fetch(
      "moods", environment: ["PATH": "\(folder.url.appending(path: "bin").path):/usr/bin:/bin"])
  }

  @Test func innerArchiveIsDecodedAndNothingElseKept() throws {
    let folder = try moods()
    #expect(try fetch(folder))
    #expect(try !fetch(folder))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("moods")).sorted()
        == ["examples.tsv", "manifest.json"])
    let dataset = try folder.store.loadText("moods")
    #expect(dataset.examples.map(\.first) == ["Lovely", "Awful", "Fine", "Poor"])
    #expect(dataset.examples.map(\.label) == [1, 0, 1, 0])
    #expect(dataset.indices(replicate: 1).evaluations[0].indices == [2, 3])
    #expect(throws: DatasetError.wrongKind(dataset: "moods", expected: .images, actual: .text)) {
      try folder.store.load("moods")
    }
  }

  @Test func damagedTextsAreNotLoaded() throws {
    let folder = try moods()
    #expect(throws: DatasetError.notFetched(dataset: "moods", files: ["examples.tsv"])) {
      try folder.store.loadText("moods")
    }
    _ = try fetch(folder)
    let changed = Self.kept.replacing("Lovely", with: "lovely")
    try folder.write(Data(changed.utf8), to: "datasets/moods/examples.tsv")
    #expect(
      throws: DatasetError.wrongDigest(
        dataset: "moods", file: folder.path("moods/examples.tsv"), expected: Samples.digest(Data(Self.kept.utf8)),
        actual: Samples.digest(Data(changed.utf8)))
    ) { try folder.store.loadText("moods") }
  }

  @Test func innerFileWithOtherBytesIsNotKept() throws {
    let text = Self.text.replacing("Lovely", with: "lovely")
    let folder = try moods(text: text)
    #expect(
      throws: DatasetError.wrongDownload(
        dataset: "moods", file: "set/ratings.txt", expected: Samples.digest(Data(Self.text.utf8)),
        actual: Samples.digest(Data(text.utf8)))
    ) { try fetch(folder) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("moods")) == ["manifest.json"])
  }

  /// Zeros pack into a thousandth of themselves: what is far too long is refused by its size.
  @Test func innerFileThatUnpacksIntoFarMoreIsStopped() throws {
    let folder = try moods(text: String(repeating: "0", count: 1 << 23))
    #expect(
      throws: DatasetError.malformedFile(
        file: "set/ratings.txt", fault: .tooLong(expected: Self.text.utf8.count))
    ) { try fetch(folder) }
  }
}
