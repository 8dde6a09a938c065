import Foundation

/// The files that the inputs of one reader are made from.
///
/// A file is called `ROLE` or `ROLE@WHAT`; with the word `sealed` in the latter part, digests are put right. What begins
/// with `bad` there is to be refused, everything else to be read. Plans, configurations, studies, journals and states are
/// what the program wrote, shortened; reference cases and manifests are those of the workspace. What once failed is added.
struct Corpus {
  struct File {
    var name: String
    var input: FuzzInput
    var isValid: Bool
  }

  let files: [File]

  static var folder: URL { Bundle.module.bundleURL.appending(path: "Corpus") }

  /// Files of the reader called `reader`, by name.
  init(of reader: String) throws {
    let folder = Self.folder.appending(path: reader)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    files = try names.map { try Self.file(folder.appending(path: $0)) }
    guard !files.isEmpty else { throw ReaderFailure("the corpus of reader '\(reader)' is empty") }
  }

  static func file(_ url: URL) throws -> File {
    let name = url.lastPathComponent
    let parts = name.split(separator: "@", maxSplits: 1)
    let what = parts.count > 1 ? String(parts[1]) : ""
    let input = FuzzInput(
      role: String(parts[0]), bytes: [UInt8](try Data(contentsOf: url)), isSealed: what.contains("sealed"))
    return File(name: name, input: input, isValid: !what.hasPrefix("bad"))
  }
}
