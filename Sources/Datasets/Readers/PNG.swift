import CPNG
import Foundation

/// Decoding of PNG images through libpng.
package enum PNG {
  /// Pixels of an image of a known size, channel by channel.
  ///
  /// Wrong checksums are errors, in ancillary chunks as well.
  ///
  /// - Shapes: result [C, H, W].
  /// - Throws: `png` with the library's message, `wrongShape`, `wrongPixelFormat` for palettes, alpha or 16 bits.
  package static func decode(_ data: Data, shape: ImageShape) throws(FileFault) -> [UInt8] {
    precondition([1, 3].contains(shape.channels), "PNG.decode: \(shape.channels) channels")
    // libpng keeps a pointer to the file between its two calls, so both are made inside one access.
    let decoded = data.withUnsafeBytes { file in
      Result { () throws(FileFault) in try decode(file, shape: shape) }
    }
    return try decoded.get()
  }

  private static func decode(_ file: UnsafeRawBufferPointer, shape: ImageShape) throws(FileFault) -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, file.baseAddress, file.count) != 0 else {
      throw .png(message(of: image))
    }
    let found = [Int(image.height), Int(image.width)]
    guard found == [shape.height, shape.width] else {
      throw .wrongShape(expected: [shape.height, shape.width], actual: found)
    }
    let format = shape.channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0
    guard image.format == png_uint_32(format) else { throw .wrongPixelFormat }
    var interleaved = [UInt8](repeating: 0, count: shape.count)
    guard png_image_finish_read(&image, nil, &interleaved, 0, nil) != 0, image.warning_or_error == 0 else {
      throw .png(message(of: image))
    }
    return planar(interleaved, channels: shape.channels)
  }

  private static func planar(_ interleaved: [UInt8], channels: Int) -> [UInt8] {
    let plane = interleaved.count / channels
    var pixels = [UInt8](repeating: 0, count: interleaved.count)
    for channel in 0..<channels {
      for i in 0..<plane { pixels[channel * plane + i] = interleaved[i * channels + channel] }
    }
    return pixels
  }

  private static func message(of image: png_image) -> String {
    withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
