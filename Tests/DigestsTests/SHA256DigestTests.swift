import Digests
import Foundation
import Testing

@Suite struct SHA256DigestTests {
  /// FIPS 180-2, appendix B: one block, and two blocks.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestEqualsThePublishedOne(text: String, digest: String) {
    #expect(SHA256Digest(of: text).description == digest)
  }

  @Test func fileDigestEqualsDigestOfItsBytes() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "sha256-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    let data = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try data.write(to: url)
    #expect(try SHA256Digest(ofFileAt: url) == SHA256Digest(of: data))
  }
}
