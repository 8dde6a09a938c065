import Foundation
import Glibc

/// How far the process that reads has come, in a file that outlives it.
struct Ledger {
  struct Entry: Equatable {
    /// Number of the input in work.
    var number = 0
    var read = 0
    var refused = 0
  }

  private let file: FileHandle

  init(_ url: URL) throws {
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    file = try FileHandle(forUpdating: url)
  }

  func write(_ entry: Entry) throws {
    let words = [entry.number, entry.read, entry.refused]
    guard words.withUnsafeBytes({ pwrite(file.fileDescriptor, $0.baseAddress, $0.count, 0) }) == 24 else {
      throw ReaderFailure("the ledger cannot be written")
    }
  }

  func entry() -> Entry {
    var words = [0, 0, 0]
    let count = words.withUnsafeMutableBytes { pread(file.fileDescriptor, $0.baseAddress, $0.count, 0) }
    return count == 24 ? Entry(number: words[0], read: words[1], refused: words[2]) : Entry()
  }
}
