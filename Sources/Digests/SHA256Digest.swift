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
  package var description: String { String(decoding: hexadecimalDigits(32), as: UTF8.self) }

  /// The first `count` hexadecimal digits, for names that people read.
  package func prefix(_ count: Int) -> String { String(description.prefix(count)) }

  /// The hexadecimal digits of the first `count` bytes, as ASCII.
  package func hexadecimalDigits(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 2 * count) { digits, written in
      for index in 0..<min(count, bytes.count) {
        digits[2 * index] = hexadecimalDigit(bytes[index] >> 4)
        digits[2 * index + 1] = hexadecimalDigit(bytes[index] & 15)
        written += 2
      }
    }
  }
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

  package mutating func update(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { bytes in
      check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), "EVP_DigestUpdate")
    }
  }

  package consuming func finalize() -> SHA256Digest { finish() }

  /// The digest of what has arrived; the next byte begins another message.
  ///
  /// - Cost: allocates nothing of OpenSSL's, unlike a new hasher.
  package mutating func finalizeAndRestart() -> SHA256Digest {
    let digest = finish()
    check(EVP_DigestInit_ex(context, nil, nil), "EVP_DigestInit_ex")
    return digest
  }

  private func finish() -> SHA256Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    check(EVP_DigestFinal_ex(context, &bytes, nil), "EVP_DigestFinal_ex")
    return SHA256Digest(bytes: bytes)
  }

  private func check(_ status: Int32, _ call: String) {
    precondition(status == 1, "\(call): failed")
  }
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
