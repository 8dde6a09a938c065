import CCrypto
import Foundation

/// SHA-256 digest of some bytes.
package struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  /// Digest of `data`.
  package init(of data: some DataProtocol) {
    var hasher = SHA256Hasher()
    hasher.update(data)
    self = hasher.finalize()
  }

  /// Digest of the UTF-8 bytes of `text`.
  package init(of text: String) {
    self.init(of: Array(text.utf8))
  }

  /// Digest of a file's bytes, read in pieces of 1 MiB.
  ///
  /// - Throws: the file system's error if the file cannot be opened or read.
  package init(ofFileAt url: URL) throws {
    let file = try FileHandle(forReadingFrom: url)
    defer { try? file.close() }
    var hasher = SHA256Hasher()
    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
      hasher.update(piece)
    }
    self = hasher.finalize()
  }

  fileprivate init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { bytes.map { hexadecimal($0) }.joined() }

  /// The first `count` hexadecimal digits, for names that people read.
  package func prefix(_ count: Int) -> String { String(description.prefix(count)) }
}

/// SHA-256 over bytes that arrive in pieces.
package struct SHA256Hasher: ~Copyable {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("EVP_MD_CTX_new: out of memory") }
    self.context = context
    check(EVP_DigestInit_ex(context, EVP_sha256(), nil), "EVP_DigestInit_ex")
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ data: some DataProtocol) {
    for region in data.regions {
      region.withUnsafeBytes { bytes in
        check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), "EVP_DigestUpdate")
      }
    }
  }

  package consuming func finalize() -> SHA256Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    check(EVP_DigestFinal_ex(context, &bytes, nil), "EVP_DigestFinal_ex")
    return SHA256Digest(bytes: bytes)
  }

  private func check(_ status: Int32, _ call: String) {
    precondition(status == 1, "\(call): failed")
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return digits.count == 1 ? "0" + digits : digits
}
