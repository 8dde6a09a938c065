import Digests
import Foundation
import Planning

/// Puts the digests of changed files right.
enum Seal {
  /// A plan with the id that its contents give; unchanged if it is no plan.
  static func plan(_ data: Data) -> Data {
    guard var plan = try? JSONDecoder().decode(Plan.self, from: data), let id = try? plan.contentID else { return data }
    plan.id = id
    return (try? JSONEncoder().encode(plan)) ?? data
  }

  private static let tail = Array(",\"digest\":\"".utf8)

  /// A journal whose lines, as far as they are whole, have the digests of their texts.
  static func journal(_ bytes: [UInt8]) -> [UInt8] {
    var sealed: [UInt8] = []
    var digest = String(repeating: "0", count: 32)
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
      let head = line.count > tail.count + 34 ? Array(line.dropLast(tail.count + 34)) : Array(line)
      digest = SHA256Digest(of: Array(digest.utf8) + head).prefix(32)
      sealed += head + tail + Array(digest.utf8) + Array("\"}\n".utf8)
    }
    return sealed
  }

  /// A checkpoint's manifest with the digest that the file `name` has when it holds `bytes`.
  static func manifest(_ manifest: [UInt8], of name: String, _ bytes: [UInt8]) -> [UInt8] {
    struct Manifest: Codable {
      var schema: Int
      var step: Int
      var files: [File]

      struct File: Codable {
        var name: String
        var bytes: Int
        var sha256: String
      }
    }
    guard var decoded = try? JSONDecoder().decode(Manifest.self, from: Data(manifest)) else { return manifest }
    for index in decoded.files.indices where decoded.files[index].name == name {
      decoded.files[index].bytes = bytes.count
      decoded.files[index].sha256 = SHA256Digest(of: bytes).description
    }
    return (try? JSONEncoder().encode(decoded)).map { [UInt8]($0) } ?? manifest
  }
}
