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
    return try decode(data) { found throws(FileFault) in
      guard [found.height, found.width] == [shape.height, shape.width] else {
        throw .wrongShape(expected: [shape.height, shape.width], actual: [found.height, found.width])
      }
      guard found.channels == shape.channels else { throw .wrongPixelFormat }
    }.pixels
  }

  /// Pixels of an image of any size up to `mostPixels`, channel by channel, and its size.
  ///
  /// - Shapes: result [C, H, W].
  /// - Throws: as the other; `tooManyPixels` before any is decoded.
  package static func decode(
    _ data: Data, mostPixels: Int
  ) throws(FileFault) -> (pixels: [UInt8], shape: ImageShape) {
    try decode(data) { found throws(FileFault) in
      guard found.width <= mostPixels / found.height else {
        throw .tooManyPixels(height: found.height, width: found.width, limit: mostPixels)
      }
    }
  }

  /// `check` sees the size before memory for pixels is allocated.
  private static func decode(
    _ data: Data, check: (ImageShape) throws(FileFault) -> Void
  ) throws(FileFault) -> (pixels: [UInt8], shape: ImageShape) {
    // libpng keeps a pointer to the file between its two calls, so both are made inside one access.
    let decoded = data.withUnsafeBytes { file in
      Result { () throws(FileFault) in try decode(file, check: check) }
    }
    return try decoded.get()
  }

  private static func decode(
    _ file: UnsafeRawBufferPointer, check: (ImageShape) throws(FileFault) -> Void
  ) throws(FileFault) -> (pixels: [UInt8], shape: ImageShape) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, file.baseAddress, file.count) != 0 else {
      throw .png(message(of: image))
    }
    // libpng refuses images without height or width.
    let isColour = image.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) != 0
    let shape = ImageShape(channels: isColour ? 3 : 1, height: Int(image.height), width: Int(image.width))
    try check(shape)
    guard image.format == png_uint_32(isColour ? PNG_FORMAT_FLAG_COLOR : 0) else { throw .wrongPixelFormat }
    var interleaved = [UInt8](repeating: 0, count: shape.count)
    guard png_image_finish_read(&image, nil, &interleaved, 0, nil) != 0, image.warning_or_error == 0 else {
      throw .png(message(of: image))
    }
    return (planar(interleaved, channels: shape.channels), shape)
  }

  /// Channel by channel what is pixel by pixel.
  static func planar(_ interleaved: [UInt8], channels: Int) -> [UInt8] {
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
