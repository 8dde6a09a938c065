import Foundation
import Testing

@testable import Datasets

/// The programs that a fetch runs are shell scripts here: no network, nothing installed.
@Suite struct FetchTests {
  private static let pixels: [UInt8] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]

  private func environment(_ folder: TemporaryFolder) -> [String: String] {
    ["PATH": "\(folder.url.appending(path: "bin").path):/usr/bin:/bin"]
  }

  private func fetch(
    _ folder: TemporaryFolder, _ name: String, stallSeconds: Int = 60, freeBytes: Int = .max,
    path: String? = nil, progress: (FetchProgress) -> Bool = { _ in true }
  ) throws -> Bool {
    try folder.store.fetch(
      name, environment: path.map { ["PATH": $0] } ?? environment(folder), stallSeconds: stallSeconds,
      availableBytes: { _ in freeBytes }, progress: progress)
  }

  private func message(_ body: () throws -> Bool) throws -> String {
    let error = #expect(throws: DatasetError.self) { _ = try body() }
    return try #require(error).description
  }

  /// The data set 'pets', and a package index that hands out its archive, as long as `python` says so.
  private func pets(
    python: String = "cp \"$(dirname \"$0\")/../index/$3-$4.tar.gz\" \"$5\"", changingTask: Bool = false,
    linkingTask: Bool = false
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let images = [UInt8(0), 100].map { first in
      Samples.png((0..<12).map { first + UInt8($0) }, width: 2, height: 2)
    }
    let task = Samples.task([(images[0], "dog"), (images[1], "cat")])
    let file = try folder.write(
      changingTask ? task + Data(" ".utf8) : task, to: "source/petpack-1.0/data/task.json")
    try folder.write(Data("echo executed > \"$HOME/ran\"".utf8), to: "source/petpack-1.0/setup.py")
    if linkingTask {
      try FileManager.default.moveItem(at: file, to: file.deletingLastPathComponent().appending(path: "other"))
      try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: "other")
    }
    try folder.write(Data(), to: "index/.keep")
    let archive = folder.url.appending(path: "index/petpack-1.0.tar.gz")
    let tar = try Process.run(
      URL(filePath: "/usr/bin/tar"),
      arguments: ["-czf", archive.path, "-C", folder.url.appending(path: "source").path, "petpack-1.0"])
    tar.waitUntilExit()
    try folder.write(
      Samples.foldedManifest(
        archive: Data(contentsOf: archive), task: task, pixels: Self.pixels + Self.pixels.map { $0 + 100 },
        labels: [1, 0]))
    try folder.writeTool("python3", python)
    return folder
  }

  /// The data set 'clothes', and an apt that hands out its package.
  private func clothes(apt: String = "cp \"$(dirname \"$0\")/../clothes.deb\" clothes_1_all.deb") throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    let (manifest, files) = Samples.officialManifest()
    try folder.write(manifest)
    for (name, data) in files { try folder.write(data, to: "deb/usr/share/clothes/\(name)") }
    try folder.write(Data(), to: "clothes.deb")
    try folder.writeTool("apt-get", apt)
    try folder.writeTool("dpkg-deb", "mkdir \"$3\" && cp -r \"$(dirname \"$0\")/../deb/usr\" \"$3\"")
    return folder
  }

  private func expectNothingKept(_ folder: TemporaryFolder, _ name: String) throws {
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == [name])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(name)) == ["manifest.json"])
  }

  @Test func sourceDistributionIsDecodedAndNothingElseKept() throws {
    let folder = try pets()
    var steps: [FetchProgress] = []
    #expect(
      try fetch(folder, "pets") {
        steps.append($0)
        return true
      })
    #expect(try folder.store.load("pets").pixels == Self.pixels + Self.pixels.map { $0 + 100 })
    #expect(try folder.store.load("pets").labels == [1, 0])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("pets")).sorted()
        == ["images.idx", "labels.idx", "manifest.json"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["pets"])
    #expect(steps.last == .decoding(images: 0, of: 2))
    #expect(try fetch(folder, "pets", path: "/nowhere") == false)
  }

  @Test func debianPackageIsUnpackedAndNothingElseKept() throws {
    let folder = try clothes()
    #expect(try fetch(folder, "clothes"))
    #expect(try folder.store.load("clothes").labels == [0, 1, 0, 1])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["clothes"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("clothes")).count == 5)
  }

  @Test func onlyMissingFilesAreBroughtIn() throws {
    let folder = try clothes()
    _ = try fetch(folder, "clothes")
    let kept = URL(filePath: folder.path("clothes/test-images.gz"))
    let before = try FileManager.default.attributesOfItem(atPath: kept.path)[.systemFileNumber] as? Int
    try FileManager.default.removeItem(atPath: folder.path("clothes/test-labels.gz"))
    #expect(try fetch(folder, "clothes"))
    #expect(try FileManager.default.attributesOfItem(atPath: kept.path)[.systemFileNumber] as? Int == before)
    #expect(try folder.store.status("clothes").state == .fetched)
  }

  @Test func corruptFileIsAnErrorAndNotFetchedOver() throws {
    let folder = try clothes()
    _ = try fetch(folder, "clothes")
    let path = folder.path("clothes/test-labels.gz")
    let whole = try Data(contentsOf: URL(filePath: path))
    try Data("x".utf8).write(to: URL(filePath: path))
    #expect(
      try message { try fetch(folder, "clothes") }
        == "dataset file '\(path)' has 1 bytes, expected \(whole.count); delete it and run "
        + "'pdp-study data fetch clothes'")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("x".utf8))
  }

  @Test func anotherArchiveIsRefusedUnopened() throws {
    let folder = try pets(python: "echo other > \"$5\"")
    try folder.writeTool("tar", "touch \"$(dirname \"$0\")/opened\"")
    let expected = try folder.store.manifest("pets").origin
    guard case .sourceDistribution(_, _, let archive, _, _) = expected else { return }
    #expect(
      try message { try fetch(folder, "pets") }
        == "downloaded file 'petpack-1.0.tar.gz' of data set 'pets' has SHA-256 "
        + "\(Samples.digest(Data("other\n".utf8))), expected \(archive.sha256): nothing was kept; the package index, a "
        + "mirror or a proxy hands out other bytes than the manifest lists")
    #expect(!folder.exists("bin/opened"))
    try expectNothingKept(folder, "pets")
  }

  @Test func anotherMemberIsRefused() throws {
    let folder = try pets(changingTask: true)
    #expect(try message { try fetch(folder, "pets") }.hasPrefix("downloaded file 'petpack-1.0/data/task.json' of"))
    try expectNothingKept(folder, "pets")
  }

  @Test func linkInTheArchiveIsRefused() throws {
    let folder = try pets(linkingTask: true)
    #expect(
      try message { try fetch(folder, "pets") }
        == "dataset file 'petpack-1.0/data/task.json' is malformed: it is not a regular file")
    try expectNothingKept(folder, "pets")
  }

  @Test func anotherFileInTheDebianPackageIsRefused() throws {
    let folder = try clothes()
    try folder.write(Data("other".utf8), to: "deb/usr/share/clothes/train-labels.gz")
    #expect(try message { try fetch(folder, "clothes") }.hasPrefix("downloaded file 'train-labels.gz' of data set"))
    try FileManager.default.removeItem(at: folder.url.appending(path: "deb/usr/share/clothes/train-labels.gz"))
    #expect(
      try message { try fetch(folder, "clothes") }
        == "dataset file 'train-labels.gz' is malformed: the package does not hold it")
    try expectNothingKept(folder, "clothes")
  }

  @Test func missingToolNamesItsPackage() throws {
    let folder = try clothes()
    #expect(
      try message { try fetch(folder, "clothes", path: "/nowhere") }
        == "data set 'clothes' cannot be fetched: 'apt-get' is not installed; install the system package 'apt' (or run "
        + "'make setup'), then run 'pdp-study data fetch clothes' again")
    try expectNothingKept(folder, "clothes")
  }

  @Test func missingPackageListsNameTheRemedy() throws {
    let folder = try clothes(apt: "echo 'E: Unable to locate package dataset-clothes' >&2; exit 100")
    #expect(
      try message { try fetch(folder, "clothes") }
        == "data set 'clothes' cannot be fetched: apt does not know the package 'dataset-clothes'; run "
        + "'apt-get update' as root, then run 'pdp-study data fetch clothes' again")
  }

  @Test func failingToolIsQuotedWithoutControlCharacters() throws {
    let folder = try clothes(apt: "printf 'one\\nW: unsandboxed\\nE: Failed\\033[1m to fetch\\n'; exit 100")
    #expect(
      try message { try fetch(folder, "clothes") }
        == "data set 'clothes' cannot be fetched: 'apt-get download dataset-clothes' ended with status 100; check the "
        + "network and run 'pdp-study data fetch clothes' again; it said: one | E: Failed [1m to fetch")
  }

  @Test func indexWithoutTheDistributionIsNamed() throws {
    let folder = try pets(python: "exit 3")
    #expect(
      try message { try fetch(folder, "pets") }
        == "data set 'pets' cannot be fetched: pip found no source distribution 'petpack' 1.0; check the network and "
        + "'python3 -m pip config list', then run 'pdp-study data fetch pets' again")
    try expectNothingKept(folder, "pets")
  }

  @Test func pythonWithoutPipNamesThePackage() throws {
    #expect(
      try message { try fetch(pets(python: "exit 4"), "pets") }
        == "data set 'pets' cannot be fetched: 'pip' is not installed; install the system package 'python3-pip' (or run "
        + "'make setup'), then run 'pdp-study data fetch pets' again")
  }

  @Test func toolWithoutProgressIsStopped() throws {
    let folder = try pets(python: "exec sleep 600")
    #expect(
      try message { try fetch(folder, "pets", stallSeconds: 0) }
        == "data set 'pets' cannot be fetched: 'python3' made no progress for 0 s and was stopped; check the network "
        + "and run 'pdp-study data fetch pets' again")
    try expectNothingKept(folder, "pets")
  }

  @Test func interruptionStopsTheToolAndKeepsNothing() throws {
    let folder = try pets(python: "echo half > \"$5\"; exec sleep 600")
    var isHalf = false
    let expected = "fetching data set 'pets' was interrupted: nothing was kept; run 'pdp-study data fetch pets' again"
    #expect(
      try message {
        try fetch(folder, "pets") { step in
          if case .downloading(_, 5, _) = step { isHalf = true }
          return !isHalf
        }
      } == expected)
    #expect(isHalf)
    try expectNothingKept(folder, "pets")
  }

  @Test func fullDiskIsSaidBeforeAndWhenItHappens() throws {
    let folder = try pets()
    let manifest = try folder.store.manifest("pets")
    guard case .sourceDistribution(_, _, let archive, let member, _) = manifest.origin else { return }
    let needed = archive.bytes + member.bytes + manifest.bytes
    func expected(_ needed: Int) -> String {
      "data set 'pets' cannot be fetched: the disk of '\(folder.url.appending(path: "datasets").path)' is full, "
        + "\(needed) bytes are needed; free space and run 'pdp-study data fetch pets' again"
    }
    #expect(try message { try fetch(folder, "pets", freeBytes: needed - 1) } == expected(needed))
    try folder.writeTool("python3", "echo 'OSError: [Errno 28] No space left on device'; exit 1")
    #expect(try message { try fetch(folder, "pets") } == expected(needed))
    try expectNothingKept(folder, "pets")
  }

  @Test func whatAKilledFetchLeftIsRemoved() throws {
    let folder = try pets()
    let dead = try Process.run(URL(filePath: "/bin/true"), arguments: [])
    dead.waitUntilExit()
    try folder.write(Data("half".utf8), to: "datasets/.fetch-pets-\(dead.processIdentifier)/petpack-1.0.tar.gz")
    try folder.write(Data("live".utf8), to: "datasets/.fetch-pets-1/petpack-1.0.tar.gz")
    _ = try fetch(folder, "pets")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted() == [".fetch-pets-1", "pets"])
  }

  @Test func downloadScriptIsValidPythonThatNamesNoHost() throws {
    #expect(!DistributionScript.text.contains("://"))
    let check = try Process.run(
      URL(filePath: "/usr/bin/env"),
      arguments: ["python3", "-c", "import sys; compile(sys.argv[1], 'script', 'exec')", DistributionScript.text])
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }
}
