import CZlib
import Foundation

/// Decompression of gzip streams whose size is known beforehand.
enum Gzip {
  /// The bytes of a gzip stream, its checksum verified; of a stream of more than `count` bytes, the first `count` + 1.
  ///
  /// - Throws: `truncated` if the stream breaks off, `compression` if it is damaged.
  /// - Cost: allocates `count` bytes, or what a stream of this length can hold at most if that is less.
  static func inflate(_ data: Data, count: Int) throws(FileFault) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: min(count + 1, largestRatio * data.count))
    let (status, written, message) = data.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { inflate(from: input, into: $0) }
    }
    switch status {
    case Z_STREAM_END: break
    case Z_BUF_ERROR: throw .truncated(expected: count, actual: written)
    case Z_OK: guard written > count else { throw .truncated(expected: count, actual: written) }
    default: throw .compression(message)
    }
    output.removeLast(output.count - written)
    return output
  }

  /// Bytes that one byte of a deflated stream can stand for: a match of 258 for every two bits.
  private static let largestRatio = 1032

  private static func inflate(
    from input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (status: Int32, written: Int, message: String) {
    var stream = z_stream()
    let gzip: Int32 = 16 + MAX_WBITS
    let begun = inflateInit2_(&stream, gzip, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(begun == Z_OK, "inflateInit2_: status \(begun)")
    defer { inflateEnd(&stream) }
    var (read, written) = (0, 0)
    var status = Z_OK
    // zlib counts in 32 bits, so both sides are fed in pieces.
    while status == Z_OK, written < output.count {
      let piece = min(input.count - read, 1 << 30)
      let room = min(output.count - written, 1 << 30)
      stream.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.advanced(by: read).assumingMemoryBound(to: Bytef.self))
      stream.avail_in = UInt32(piece)
      stream.next_out = output.baseAddress?.advanced(by: written).assumingMemoryBound(to: Bytef.self)
      stream.avail_out = UInt32(room)
      status = CZlib.inflate(&stream, Z_NO_FLUSH)
      read += piece - Int(stream.avail_in)
      written += room - Int(stream.avail_out)
    }
    return (status, written, stream.msg.map { String(cString: $0) } ?? "status \(status)")
  }
}
