import Digests
import Foundation

/// SHA-256 over several parts, each preceded by its length, so that no two lists of parts run together into one text.
struct PartsDigest: ~Copyable {
  private var hasher = SHA256Hasher()

  mutating func add(_ part: Data) {
    // Eight bytes, least significant first.
    let count = UInt64(part.count)
    hasher.update((0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) })
    hasher.update(part)
  }

  mutating func add(_ part: String) {
    add(Data(part.utf8))
  }

  consuming func finalize() -> SHA256Digest { hasher.finalize() }
}
