import Foundation

/// The IDX format, for arrays of unsigned bytes.
///
/// Two zero bytes, the type code 8, the number of dimensions, each dimension as a big-endian 32-bit number, then the
/// elements.
///
/// - Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", file format.
package enum IDX {
  /// Elements of the array of a known shape in a file's bytes, gzipped or not.
  ///
  /// - Throws: `truncated`, `tooLong`, `wrongMagic`, `wrongShape`, `compression`.
  package static func read(_ data: Data, isCompressed: Bool, shape: [Int]) throws(FileFault) -> [UInt8] {
    let header = 4 + 4 * shape.count
    let count = header + shape.reduce(1, *)
    var bytes = isCompressed ? try Gzip.inflate(data, count: count) : [UInt8](data.prefix(count + 1))
    try check(bytes, shape: shape)
    guard bytes.count >= count else { throw .truncated(expected: count, actual: bytes.count) }
    guard bytes.count == count else { throw .tooLong(expected: count) }
    bytes.removeFirst(header)
    return bytes
  }

  private static func check(_ bytes: [UInt8], shape: [Int]) throws(FileFault) {
    let header = 4 + 4 * shape.count
    guard bytes.count >= 4 else { throw .truncated(expected: header, actual: bytes.count) }
    let magic = UInt32(0x0800 + shape.count)
    guard word(bytes, at: 0) == magic else { throw .wrongMagic(expected: magic, actual: word(bytes, at: 0)) }
    guard bytes.count >= header else { throw .truncated(expected: header, actual: bytes.count) }
    let found = shape.indices.map { Int(word(bytes, at: 4 + 4 * $0)) }
    guard found == shape else { throw .wrongShape(expected: shape, actual: found) }
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Shape of a file of images; those of one channel leave the channel out, as the published sets do.
  static func shape(of image: ImageShape, count: Int) -> [Int] {
    image.channels == 1 ? [count, image.height, image.width] : [count, image.channels, image.height, image.width]
  }

  /// The file that holds `elements` in `shape`.
  ///
  /// - Precondition: as many elements as the shape has, each dimension below 2^32.
  static func file(_ elements: [UInt8], shape: [Int]) -> Data {
    precondition(shape.reduce(1, *) == elements.count, "IDX.file: \(elements.count) elements for shape \(shape)")
    var data = Data([0, 0, 8, UInt8(shape.count)])
    for dimension in shape {
      data.append(contentsOf: withUnsafeBytes(of: UInt32(dimension).bigEndian) { [UInt8]($0) })
    }
    data.append(contentsOf: elements)
    return data
  }
}
