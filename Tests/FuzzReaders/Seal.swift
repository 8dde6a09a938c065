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

  /// Measurements whose lines, as far as they are whole, have the digests of all lines up to them.
  static func latencies(_ bytes: [UInt8]) -> [UInt8] {
    var sealed: [UInt8] = []
    var digest = ""
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
      let head = line.count > tail.count + 66 ? Array(line.dropLast(tail.count + 66)) : Array(line)
      digest = SHA256Digest(of: Array(digest.utf8) + head).description
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

  /// A compact file with the digests of its payloads, as far as its header says where they lie, and of its header.
  static func compact(_ data: Data) -> Data {
    let prelude = 56
    guard data.count >= prelude else { return data }
    let length = data[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(data.count - prelude) else { return data }
    let end = prelude + Int(length)
    var header = [UInt8](data[prelude..<end])
    let body = data[end...]
    // Digests have one length, so that they are put right where they stand and nothing else of the header changes.
    let text = String(decoding: header, as: UTF8.self)
    let entry = #/"offsets":\[(\d{1,9}),(\d{1,9})\],"sha256":"([0-9a-f]{64})"/#
    if text.utf8.count == header.count {
      for match in text.matches(of: entry) {
        guard let from = Int(match.1), let to = Int(match.2), from <= to, to <= body.count else { continue }
        let digest = SHA256Digest(of: body[(body.startIndex + from)..<(body.startIndex + to)]).description
        let place = text.utf8.distance(from: text.startIndex, to: match.3.startIndex)
        header.replaceSubrange(place..<(place + 64), with: digest.utf8)
      }
    }
    return data[..<24] + SHA256Digest(of: header).bytes + header + body
  }
}
