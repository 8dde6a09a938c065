import Foundation

/// Binary portable maps of bytes: PGM (`P5`, grey) and PPM (`P6`, RGB) with 255 as the largest value.
package enum PortableMap {
  /// Pixels of an image of any size up to `mostPixels`, channel by channel.
  ///
  /// - Shapes: result [C, H, W].
  /// - Throws: `portableMap` for a header that is not of such a map, `truncated`, `tooLong`.
  package static func decode(
    _ data: Data, mostPixels: Int
  ) throws(FileFault) -> (pixels: [UInt8], shape: ImageShape) {
    let bytes = [UInt8](data)
    guard bytes.count >= 2, bytes[0] == UInt8(ascii: "P"), [UInt8(ascii: "5"), UInt8(ascii: "6")].contains(bytes[1])
    else { throw .portableMap("it begins with neither P5 nor P6") }
    let channels = bytes[1] == UInt8(ascii: "5") ? 1 : 3
    var place = 2
    func number() throws(FileFault) -> Int {
      // Any white space and comments come before a number.
      while place < bytes.count, isSpace(bytes[place]) || bytes[place] == UInt8(ascii: "#") {
        if bytes[place] == UInt8(ascii: "#") {
          while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
        } else {
          place += 1
        }
      }
      let digits = bytes[place...].prefix(8).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
        throw .portableMap("its header has no three numbers of at most eight digits")
      }
      place += digits.count
      return value
    }
    let (width, height, largest) = (try number(), try number(), try number())
    guard width > 0, height > 0, width <= mostPixels / height else {
      throw .portableMap("its size is \(width)x\(height), expected 1 to \(mostPixels) pixels")
    }
    guard largest == 255 else { throw .portableMap("its largest value is \(largest), expected 255") }
    guard place < bytes.count, isSpace(bytes[place]) else { throw .portableMap("its header has no end") }
    let body = bytes[(place + 1)...]
    let count = channels * height * width
    guard body.count >= count else { throw .truncated(expected: place + 1 + count, actual: bytes.count) }
    guard body.count == count else { throw .tooLong(expected: place + 1 + count) }
    return (
      PNG.planar(Array(body), channels: channels), ImageShape(channels: channels, height: height, width: width)
    )
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
