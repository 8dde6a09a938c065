import Foundation

/// Reader of tar archives with nothing but regular files, as `export` writes them: the POSIX format `ustar`.
///
/// Links, devices and extended headers are refused, and so are names that come twice.
struct TarFile {
  struct Entry: Equatable {
    var name: String
    var bytes: Int
    /// Where its contents begin in the archive.
    var offset: Int
  }

  private static let block = 512
  let entries: [Entry]

  /// Reads the headers of all entries; folders are left out.
  ///
  /// - Throws: `RunStoreError.bundleInvalid`, `.fileSystem`.
  /// - Cost: one read of 512 bytes an entry.
  init(_ url: URL) throws(RunStoreError) {
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      entries = try Self.entries(of: file)
    } catch let fault as Fault {
      throw .bundleInvalid(path: url.path, reason: fault.reason)
    } catch {
      throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
    }
  }

  private struct Fault: Error {
    let reason: String
  }

  private static func entries(of file: FileHandle) throws -> [Entry] {
    let end = Int(try file.seekToEnd())
    var entries: [Entry] = []
    var offset = 0
    while offset + block <= end {
      try file.seek(toOffset: UInt64(offset))
      guard let data = try file.read(upToCount: block), data.count == block else { break }
      let header = [UInt8](data)
      // Blocks of zeros end an archive.
      if header.allSatisfy({ $0 == 0 }) { return entries }
      let (entry, isFile) = try entry(header, at: offset)
      guard entry.bytes <= end - entry.offset else {
        throw Fault(reason: "it is cut off: '\(entry.name)' has \(entry.bytes) bytes, \(end - entry.offset) are there")
      }
      if isFile {
        guard entries.count < BundleSource.maximumFiles else { throw Fault(reason: BundleSource.tooManyFiles) }
        entries.append(entry)
      }
      offset = entry.offset + (entry.bytes + block - 1) / block * block
    }
    throw Fault(reason: "it is cut off, or no tar archive: expected two blocks of zeros at the end")
  }

  private static func entry(_ header: [UInt8], at offset: Int) throws -> (Entry, isFile: Bool) {
    let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    guard number(header[148..<156]) == sum, text(header[257..<262]) == "ustar" else {
      throw Fault(reason: "byte \(offset) does not begin an entry of a tar archive in the format 'ustar'")
    }
    let prefix = text(header[345..<500])
    let isPOSIX = header[262] == 0
    var name = (isPOSIX && !prefix.isEmpty ? prefix + "/" : "") + text(header[0..<100])
    if name.hasPrefix("./") { name.removeFirst(2) }
    let kind = header[156]
    guard [UInt8(ascii: "0"), 0, UInt8(ascii: "5")].contains(kind) else {
      throw Fault(
        reason: "'\(name)' is a link or something else than a regular file, of type '\(Character(UnicodeScalar(kind)))'"
      )
    }
    guard let bytes = number(header[124..<136]) else { throw Fault(reason: "'\(name)' has no size") }
    let isFile = kind != UInt8(ascii: "5")
    return (Entry(name: name, bytes: isFile ? bytes : 0, offset: offset + block), isFile)
  }

  /// A field of text up to its first zero.
  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A field of octal digits; nil if it holds anything else.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = String(decoding: field, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \0"))
    guard !digits.hasPrefix("-"), !digits.hasPrefix("+") else { return nil }
    return Int(digits, radix: 8)
  }
}
