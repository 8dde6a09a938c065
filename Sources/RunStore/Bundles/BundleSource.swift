import Digests
import Foundation
import Glibc
import Training

/// The files of a bundle, in a folder or in a tar archive, each a regular one with an allowed name.
struct BundleSource {
  static let maximumFiles = 200_000
  static let maximumBytes = 1 << 40
  static let tooManyFiles = "it has more than \(maximumFiles) files"

  let url: URL
  let manifest: BundleManifest
  private let places: [String: Place]

  private struct Place {
    var file: URL
    var offset: Int
    var bytes: Int
  }

  /// Opens a bundle and checks that its files are those that its manifest names, by name and size.
  ///
  /// - Throws: `RunStoreError.bundleInvalid`, `.fileSystem`.
  init(_ url: URL) throws(RunStoreError) {
    self.url = url
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw .fileSystem(path: url.path, operation: "read", reason: "no such file or folder")
    }
    let entries: [(name: String, place: Place)]
    if isFolder.boolValue {
      entries = try Self.entries(of: url)
    } else {
      entries = try TarFile(url).entries.map { ($0.name, Place(file: url, offset: $0.offset, bytes: $0.bytes)) }
    }
    var places: [String: Place] = [:]
    for (name, place) in entries {
      guard name == BundleManifest.name || BundleName.isAllowed(name) else {
        throw .bundleInvalid(path: url.path, reason: "'\(name)' is no name of a file in a bundle")
      }
      guard places.updateValue(place, forKey: name) == nil else {
        throw .bundleInvalid(path: url.path, reason: "'\(name)' is there twice")
      }
    }
    self.places = places
    manifest = try Self.manifest(places[BundleManifest.name], in: url)
    try checkFiles()
  }

  /// Bytes of all files but the manifest.
  var bytes: Int { manifest.files.reduce(0) { $0 + $1.bytes } }

  /// Number of files that belong to runs.
  var runFiles: Int { manifest.files.count { BundleName.run(of: $0.name) != nil } }

  /// Copies a file to `target`, making folders as needed.
  ///
  /// - Throws: `RunStoreError.bundleInvalid` if it is not what the manifest says, `.fileSystem`, `.diskFull`.
  func copy(_ file: BundleManifest.File, to target: URL) throws(RunStoreError) {
    guard let place = places[file.name] else {
      throw .bundleInvalid(path: url.path, reason: "'\(file.name)' is missing")
    }
    let digest: SHA256Digest
    do {
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: target, options: .withoutOverwriting)
      let output = try FileHandle(forWritingTo: target)
      defer { try? output.close() }
      var hasher = SHA256Hasher()
      try Self.read(place) { piece in
        hasher.update(piece)
        try output.write(contentsOf: piece)
      }
      // What is put in place later is on the disk by then.
      try output.synchronize()
      digest = hasher.finalize()
    } catch {
      if isDiskFull(error) { throw .diskFull(path: target.path) }
      throw .fileSystem(path: target.path, operation: "write", reason: plainReason(error))
    }
    guard digest.description == file.sha256 else {
      throw .bundleInvalid(
        path: url.path, reason: "'\(file.name)' has SHA-256 \(digest), expected \(file.sha256)")
    }
  }

  private func checkFiles() throws(RunStoreError) {
    guard manifest.files.count == places.count - 1, manifest.files.count <= Self.maximumFiles else {
      throw .bundleInvalid(
        path: url.path, reason: "its manifest names \(manifest.files.count) files, \(places.count - 1) are there")
    }
    var total = 0
    for file in manifest.files {
      guard let place = places[file.name], file.name != BundleManifest.name else {
        throw .bundleInvalid(path: url.path, reason: "'\(file.name)' is missing")
      }
      guard place.bytes == file.bytes else {
        throw .bundleInvalid(
          path: url.path, reason: "'\(file.name)' has \(place.bytes) bytes, expected \(file.bytes)")
      }
      total += file.bytes
      guard total <= Self.maximumBytes else {
        throw .bundleInvalid(path: url.path, reason: "it has more than \(Self.maximumBytes) bytes")
      }
    }
  }

  private static func manifest(_ place: Place?, in url: URL) throws(RunStoreError) -> BundleManifest {
    guard let place, place.bytes <= BundleManifest.maximumBytes else {
      throw .bundleInvalid(
        path: url.path,
        reason: "expected a file '\(BundleManifest.name)' of at most \(BundleManifest.maximumBytes) bytes")
    }
    var data = Data()
    do { try read(place) { data.append($0) } } catch {
      throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
    }
    guard let manifest = try? JSONDecoder().decode(BundleManifest.self, from: data) else {
      throw .bundleInvalid(path: url.path, reason: "its manifest '\(BundleManifest.name)' cannot be decoded")
    }
    guard manifest.schema == BundleManifest.schema else {
      throw .bundleInvalid(
        path: url.path, reason: "it has version \(manifest.schema), this program reads \(BundleManifest.schema)")
    }
    return manifest
  }

  private static func read(_ place: Place, _ take: (Data) throws -> Void) throws {
    let file = try FileHandle(forReadingFrom: place.file)
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(place.offset))
    var left = place.bytes
    while left > 0, let piece = try file.read(upToCount: min(left, 1 << 20)), !piece.isEmpty {
      try take(piece)
      left -= piece.count
    }
  }

  /// Files below a folder; links are not followed but refused.
  private static func entries(of folder: URL) throws(RunStoreError) -> [(name: String, place: Place)] {
    let names: [String]
    do { names = try FileManager.default.subpathsOfDirectory(atPath: folder.path) } catch {
      throw .fileSystem(path: folder.path, operation: "list", reason: plainReason(error))
    }
    guard names.count <= 4 * maximumFiles else { throw .bundleInvalid(path: folder.path, reason: tooManyFiles) }
    var entries: [(name: String, place: Place)] = []
    for name in names.sorted() {
      let file = folder.appending(path: name)
      var status = stat()
      guard lstat(file.path, &status) == 0 else {
        throw .fileSystem(path: file.path, operation: "look at", reason: String(cString: strerror(errno)).lowercased())
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: continue
      case S_IFREG: entries.append((name, Place(file: file, offset: 0, bytes: Int(status.st_size))))
      default:
        throw .bundleInvalid(path: folder.path, reason: "'\(name)' is a link or something else than a regular file")
      }
    }
    return entries
  }
}
