import CPNG
import CZlib
import Datasets
import Digests
import Foundation

/// Small data made up by rule, so that a test can say what any byte must be.
enum Samples {
  /// Pixel values that differ between images, channels, rows and columns.
  static func pixels(images: Int, of shape: ImageShape) -> [UInt8] {
    (0..<images * shape.count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 251) }
  }

  /// A data set in folds whose labels go round the classes.
  static func folded(
    examples: Int = 40, folds: Int = 5, classes: Int = 4,
    shape: ImageShape = ImageShape(channels: 3, height: 5, width: 6)
  ) -> ImageDataset {
    ImageDataset(
      name: "folded", fingerprint: "f", shape: shape, classes: (0..<classes).map { "class \($0)" },
      partition: .stratifiedFolds(examples: examples, folds: folds), pixels: pixels(images: examples, of: shape),
      labels: (0..<examples).map { $0 % classes })
  }

  static func config(
    training: Int? = nil, evaluation: Int? = nil, fingerprint: String = "f"
  ) -> DataConfig {
    DataConfig(
      dataset: "folded", fingerprint: fingerprint, trainingLimit: training, evaluationLimit: evaluation,
      augmentation: Augmentation(cropPadding: 2, flipsHorizontally: true))
  }

  /// A PNG file of interleaved pixels in one of libpng's formats.
  static func png(_ pixels: [UInt8], width: Int, height: Int, format: Int32 = Int32(PNG_FORMAT_FLAG_COLOR)) -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(format)
    var data = Data(count: 100_000)
    var size = data.count
    let status = data.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, 0, nil)
    }
    precondition(status != 0, "png_image_write_to_memory failed")
    return data.prefix(size)
  }

  /// Bytes as a gzip file.
  static func gzip(_ data: Data) -> Data {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "deflateInit2_ failed")
    defer { deflateEnd(&stream) }
    var input = [UInt8](data)
    var output = [UInt8](repeating: 0, count: data.count + 1000)
    let written = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate failed")
        return output.count - Int(stream.avail_out)
      }
    }
    return Data(output.prefix(written))
  }

  /// A task file: one image of 2x2 RGB pixels an element, its class by name.
  static func task(_ images: [(png: Data, label: String)], classes: [String] = ["cat", "dog"]) -> Data {
    let examples = images.map { image in
      let scores = classes.map { "\"\($0)\": \($0 == image.label ? 1 : 0)" }.joined(separator: ", ")
      return "{\"input\": \"\(image.png.base64EncodedString())\", \"target_scores\": {\(scores)}}"
    }
    return Data("{\"name\": \"base64\", \"examples\": [\(examples.joined(separator: ", "))]}".utf8)
  }

  static func digest(_ data: Data) -> String { SHA256Digest(of: data).description }
}
