import CPNG
import Foundation
import Testing

@testable import Datasets

@Suite struct PNGTests {
  private let shape = ImageShape(channels: 3, height: 3, width: 4)
  private let interleaved = (0..<36).map { UInt8($0 &* 7) }

  private var file: Data { Samples.png(interleaved, width: 4, height: 3) }

  @Test func decodesColourChannelByChannel() throws {
    let expected = (0..<3).flatMap { channel in stride(from: channel, to: 36, by: 3).map { interleaved[$0] } }
    #expect(try PNG.decode(file, shape: shape) == expected)
  }

  @Test func decodesGrey() throws {
    let grey = (0..<12).map { UInt8($0 * 20) }
    let file = Samples.png(grey, width: 4, height: 3, format: 0)
    #expect(try PNG.decode(file, shape: ImageShape(channels: 1, height: 3, width: 4)) == grey)
  }

  /// The checksum is the four bytes after a chunk's data.
  @Test(arguments: ["IHDR", "IDAT"])
  func wrongChecksumIsAnError(chunk: String) throws {
    var file = file
    let name = try #require(file.range(of: Data(chunk.utf8)))
    let length = file[(name.lowerBound - 4)..<name.lowerBound].reduce(0) { $0 << 8 | Int($1) }
    file[name.upperBound + length] ^= 0x10
    #expect(throws: FileFault.png("\(chunk): CRC error")) { try PNG.decode(file, shape: shape) }
  }

  @Test func anyFlippedByteOfTheImageDataIsAnError() throws {
    let idat = try #require(file.range(of: Data("IDAT".utf8)))
    let iend = try #require(file.range(of: Data("IEND".utf8)))
    for position in idat.lowerBound..<iend.lowerBound - 4 {
      var file = file
      file[position] ^= 1
      #expect(throws: FileFault.self) { try PNG.decode(file, shape: shape) }
    }
  }

  @Test func imageCutOffAnywhereIsAnError() throws {
    let iend = try #require(file.range(of: Data("IEND".utf8)))
    for length in 0..<iend.lowerBound - 4 {
      #expect(throws: FileFault.self) { try PNG.decode(file.prefix(length), shape: shape) }
    }
  }

  @Test func otherSizesAreAWrongShape() {
    #expect(throws: FileFault.wrongShape(expected: [4, 3], actual: [3, 4])) {
      try PNG.decode(file, shape: ImageShape(channels: 3, height: 4, width: 3))
    }
  }

  @Test func otherPixelFormatsAreRefused() {
    let alpha = Samples.png(
      [UInt8](repeating: 3, count: 48), width: 4, height: 3,
      format: Int32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA))
    #expect(throws: FileFault.wrongPixelFormat) { try PNG.decode(alpha, shape: shape) }
    let grey = Samples.png([UInt8](repeating: 3, count: 12), width: 4, height: 3, format: 0)
    #expect(throws: FileFault.wrongPixelFormat) { try PNG.decode(grey, shape: shape) }
  }

  @Test func anythingElseIsNoPNG() {
    #expect(throws: FileFault.png("Not a PNG file")) {
      try PNG.decode(Data(repeating: 0x41, count: 200), shape: shape)
    }
  }
}
