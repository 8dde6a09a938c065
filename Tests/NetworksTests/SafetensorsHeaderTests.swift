import Foundation
import Kernels
import Networks
import Testing

/// Headers that lie, each refused in one sentence and before anything of their size is allocated.
@Suite final class SafetensorsHeaderTests {
  private let url = FileManager.default.temporaryDirectory.appending(path: "header-\(UUID().uuidString).safetensors")

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The fault of a file with a header and `body` bytes behind it; nil if it is read.
  private func fault(_ header: String, body: Int) throws -> String? {
    let count = header.utf8.count
    let length = Data((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
    try (length + Data(header.utf8) + Data(count: body)).write(to: url)
    do throws(WeightsError) {
      _ = try SafetensorsFile(readingFrom: url)
      return nil
    } catch {
      let (start, end) = (
        "weights file '\(url.relativePath)' is not a valid safetensors file: ", "; export or copy it again"
      )
      let text = error.description
      guard text.hasPrefix(start), text.hasSuffix(end) else { return text }
      return String(text.dropFirst(start.count).dropLast(end.count))
    }
  }

  private func entry(_ shape: String, _ offsets: String) -> String {
    "{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  @Test func nestingWithoutEndIsRefused() throws {
    for open in ["[", "{\"a\":"] {
      #expect(
        try fault(String(repeating: open, count: 200_000), body: 0) == "its header is not the expected JSON object")
    }
    let deep = "{\"a\":" + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
    #expect(try fault(deep, body: 0) == "its header is not the expected JSON object")
  }

  @Test(arguments: [
    ("\"a\"", "\"a\""), ("\"a\"", "\"\\u0061\""), ("\"\\\"a\"", "\"\\u0022a\""),
  ])
  func aNameThatStandsTwiceIsRefused(first: String, second: String) throws {
    let header = "{\(first):\(entry("[1]", "[0,4]")),\(second):\(entry("[1]", "[4,8]"))}"
    #expect(try fault(header, body: 8) == "its header has a name twice")
  }

  @Test func aKeyThatStandsTwiceInATensorIsRefused() throws {
    let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[2],\"data_offsets\":[0,4]}}"
    #expect(try fault(header, body: 4) == "its header has a name twice")
  }

  @Test func namesThatOnlyLookAlikeAreRead() throws {
    let header =
      "{\"a:{\":\(entry("[1]", "[0,4]")),\"a\\\\\":\(entry("[1]", "[4,8]")),\"a\":\(entry("[1]", "[8,12]")),"
      + "\"shape\":\(entry("[1]", "[12,16]"))}"
    #expect(try fault(header, body: 16) == nil)
  }

  /// A thousand tensors over the same four megabytes would be four gigabytes; other tests running meanwhile take less.
  @Test func overlapsAreFoundBeforeElementsAreCopied() throws {
    let names = (0..<1000).map { "\"t\($0)\":\(entry("[1048576]", "[0,4194304]"))" }
    let before = peakKilobytes()
    #expect(
      try fault("{\(names.joined(separator: ","))}", body: 1 << 22)?.hasSuffix(" overlap") == true)
    #expect(peakKilobytes() - before < 2_000_000)
  }

  @Test func emptyTensorsMayStandAnywhereButInsideOthers() throws {
    #expect(try fault("{\"a\":\(entry("[1]", "[0,4]")),\"b\":\(entry("[0]", "[4,4]"))}", body: 4) == nil)
    #expect(try fault("{\"a\":\(entry("[0, 4611686018427387904, 8]", "[0,0]"))}", body: 0) == nil)
  }

  @Test func manyAxesAreRefused() throws {
    let shape = "[" + Array(repeating: "1", count: 33).joined(separator: ",") + "]"
    #expect(try fault("{\"a\":\(entry(shape, "[0,4]"))}", body: 4) == "tensor 'a' has 33 axes, expected at most 32")
  }

  @Test(arguments: ["[-1]", "[-2, -2]", "[4294967296, 4294967296, 4]", "[9223372036854775807, 2]"])
  func impossibleShapesAreRefused(shape: String) throws {
    #expect(
      try fault("{\"a\":\(entry(shape, "[0,16]"))}", body: 16)
        == "tensor 'a' of shape \(shape) has offsets [0, 16] in 16 bytes")
  }

  @Test func trailingBytesAreRefused() throws {
    #expect(
      try fault("{\"a\":\(entry("[1]", "[0,4]"))}", body: 5) == "its tensors take 4 of its 5 bytes of elements")
  }

  /// Most memory that this process has had, in units of 1024 bytes.
  private func peakKilobytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss
  }
}
