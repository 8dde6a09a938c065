import Foundation

/// The files of a reader that reads several: those of the corpus, but for one.
final class ScratchFolder {
  let url: URL
  private let originals: [String: [UInt8]]
  private var changed: String?

  /// The folder `url` with the files of a corpus whose names say nothing but their role.
  init(_ url: URL, of reader: String) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let files = try Corpus(of: reader).files.filter { $0.name == $0.input.role }
    originals = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.input.bytes) })
    for (name, bytes) in originals { try write(bytes, to: name) }
  }

  func bytes(of name: String) -> [UInt8] { originals[name] ?? [] }

  /// Replaces one file; the one that was replaced before is as it was again.
  func put(_ input: FuzzInput) throws {
    if let changed, changed != input.role { try write(bytes(of: changed), to: changed) }
    changed = input.role
    try write(input.bytes, to: input.role)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    let path = url.appending(path: name).path
    // Foundation's writing costs several times as much.
    guard let file = fopen(path, "wb") else { throw ReaderFailure("'\(path)' cannot be written") }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw ReaderFailure("'\(path)' is not written") }
  }
}
