import Digests
import Foundation
import Kernels
import Networks

/// A run's checkpoints on disk, one directory each.
///
/// A checkpoint is written under a temporary name, every file is brought to the disk itself, and the directory is
/// renamed last, so that a name `step-…` means a whole checkpoint. Reading trusts only what the manifest's digests
/// confirm.
struct CheckpointFolder {
  private let url: URL

  /// Checkpoints kept: the newest, and one to fall back on.
  static let kept = 2
  private static let weightsFile = "weights.safetensors"
  private static let momentsFile = "optimizer.safetensors"
  /// Only there where there is something to hold.
  private static let averageFile = "average.safetensors"
  private static let learnedFile = "learned.safetensors"
  private static let learnedMomentsFile = "learned-optimizer.safetensors"
  private static let rewindFile = "rewind.safetensors"
  private static let stateFile = "state.json"
  private static let manifestFile = "manifest.json"

  init(_ url: URL) {
    self.url = url
  }

  /// Writes a checkpoint and removes those that are no longer needed.
  ///
  /// Where it cannot be written, nothing of it is left, and the earlier ones stay.
  ///
  /// - Throws: `TrainingError.diskFull`, `.checkpointUnwritable`.
  func write(_ checkpoint: Checkpoint) throws(TrainingError) -> CheckpointRecord {
    let name = Self.name(step: checkpoint.state.step)
    let target = url.appending(path: name)
    let temporary = url.appending(path: ".\(name).\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try removeIfThere(temporary)
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      var contents = [
        (Self.weightsFile, try SafetensorsFile(tensors: checkpoint.weights).encoded()),
        (Self.momentsFile, try SafetensorsFile(tensors: checkpoint.moments).encoded()),
        (Self.stateFile, try encoder.encode(checkpoint.state)),
      ]
      let optional = [
        (Self.averageFile, checkpoint.average), (Self.learnedFile, checkpoint.learned),
        (Self.learnedMomentsFile, checkpoint.learnedMoments), (Self.rewindFile, checkpoint.rewindPoint),
      ]
      for case (let name, let tensors?) in optional {
        contents.append((name, try SafetensorsFile(tensors: tensors).encoded()))
      }
      let files = contents.map { name, bytes in
        CheckpointManifest.File(name: name, bytes: bytes.count, sha256: SHA256Digest(of: bytes).description)
      }
      let manifest = try encoder.encode(
        CheckpointManifest(schema: CheckpointManifest.schema, step: checkpoint.state.step, files: files))
      for (name, bytes) in contents + [(Self.manifestFile, manifest)] {
        try Self.writeDurably(bytes, to: temporary.appending(path: name))
      }
      try removeIfThere(target)
      try FileManager.default.moveItem(at: temporary, to: target)
      try Self.synchronize(url)
      for old in try names().dropFirst(Self.kept) { try removeIfThere(url.appending(path: old)) }
      return CheckpointRecord(
        step: checkpoint.state.step, directory: name, digest: SHA256Digest(of: manifest).description)
    } catch {
      try? removeIfThere(temporary)
      if isDiskFull(error) { throw .diskFull(path: target.path) }
      throw .checkpointUnwritable(path: target.path, reason: error.localizedDescription)
    }
  }

  /// The newest checkpoint that verifies, and what is wrong with newer ones.
  func newest() -> (checkpoint: Checkpoint?, faults: [String]) {
    guard FileManager.default.fileExists(atPath: url.path) else { return (nil, []) }
    var faults: [String] = []
    let names: [String]
    do { names = try self.names() } catch {
      return (nil, ["folder of checkpoints '\(url.path)' cannot be read: \(error.localizedDescription)"])
    }
    for name in names {
      do { return (try read(name), faults) } catch {
        faults.append("checkpoint '\(name)' was skipped: \(error)")
      }
    }
    return (nil, faults)
  }

  private func read(_ name: String) throws -> Checkpoint {
    let directory = url.appending(path: name)
    let manifest = try Self.decoded(CheckpointManifest.self, Self.manifestFile, in: directory)
    guard manifest.schema == CheckpointManifest.schema else {
      throw CheckpointFault.unknownSchema(manifest.schema)
    }
    let expected = [Self.weightsFile, Self.momentsFile, Self.stateFile]
    let names = manifest.files.map(\.name)
    let optional = [Self.averageFile, Self.learnedFile, Self.learnedMomentsFile, Self.rewindFile]
    guard names == expected + optional.filter(names.contains) else {
      throw CheckpointFault.wrongFiles(expected: expected, got: names)
    }
    for file in manifest.files { try Self.check(file, in: directory) }
    let state = try Self.decoded(CheckpointState.self, Self.stateFile, in: directory)
    guard state.step == manifest.step else {
      throw CheckpointFault.wrongStep(expected: manifest.step, got: state.step)
    }
    func tensors(_ name: String) throws -> [String: Tensor] {
      try SafetensorsFile(readingFrom: directory.appending(path: name)).tensors
    }
    func tensorsIfListed(_ name: String) throws -> [String: Tensor]? {
      names.contains(name) ? try tensors(name) : nil
    }
    return Checkpoint(
      weights: try tensors(Self.weightsFile), moments: try tensors(Self.momentsFile),
      average: try tensorsIfListed(Self.averageFile), learned: try tensorsIfListed(Self.learnedFile),
      learnedMoments: try tensorsIfListed(Self.learnedMomentsFile), rewindPoint: try tensorsIfListed(Self.rewindFile),
      state: state)
  }

  private static func decoded<Content: Decodable>(
    _ type: Content.Type, _ name: String, in directory: URL
  ) throws(CheckpointFault) -> Content {
    guard let data = FileManager.default.contents(atPath: directory.appending(path: name).path) else {
      throw .unreadable(file: name)
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw .malformed(file: name)
    }
  }

  /// Makes sure that a file is the one that was written.
  private static func check(_ file: CheckpointManifest.File, in directory: URL) throws(CheckpointFault) {
    let url = directory.appending(path: file.name)
    let digest: String
    let bytes: Int?
    do {
      digest = try SHA256Digest(ofFileAt: url).description
      bytes = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize
    } catch {
      throw .unreadable(file: file.name)
    }
    guard digest == file.sha256 else { throw .wrongDigest(file: file.name, expected: file.sha256, got: digest) }
    guard bytes == file.bytes else { throw .wrongSize(file: file.name, expected: file.bytes, got: bytes ?? 0) }
  }

  /// Names of whole checkpoints, newest first.
  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasPrefix("step-") }.sorted(by: >)
  }

  private func removeIfThere(_ item: URL) throws {
    if FileManager.default.fileExists(atPath: item.path) { try FileManager.default.removeItem(at: item) }
  }

  private static func name(step: Int) -> String { "step-" + String(format: "%08d", step) }

  private static func writeDurably(_ bytes: Data, to url: URL) throws {
    try bytes.write(to: url)
    try synchronize(url)
  }

  /// Brings a file or directory to the disk itself.
  private static func synchronize(_ url: URL) throws {
    let handle = try FileHandle(forReadingFrom: url)
    defer { try? handle.close() }
    try handle.synchronize()
  }
}

/// Why a checkpoint does not verify.
enum CheckpointFault: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String)
  case malformed(file: String)
  case unknownSchema(Int)
  /// A file that the manifest does not list would be read without a digest.
  case wrongFiles(expected: [String], got: [String])
  case wrongDigest(file: String, expected: String, got: String)
  case wrongSize(file: String, expected: Int, got: Int)
  case wrongStep(expected: Int, got: Int)

  var description: String {
    switch self {
    case .unreadable(let file): "file '\(file)' cannot be read"
    case .malformed(let file): "file '\(file)' is not what was written"
    case .unknownSchema(let schema):
      "its manifest has schema \(schema), expected \(CheckpointManifest.schema)"
    case .wrongFiles(let expected, let got):
      "its manifest lists [\(got.joined(separator: ", "))], expected [\(expected.joined(separator: ", "))]"
    case .wrongDigest(let file, let expected, let got):
      "file '\(file)' has SHA-256 \(got), expected \(expected)"
    case .wrongSize(let file, let expected, let got): "file '\(file)' has \(got) bytes, expected \(expected)"
    case .wrongStep(let expected, let got): "its state is of step \(got), expected \(expected)"
    }
  }
}
