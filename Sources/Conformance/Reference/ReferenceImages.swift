import Kernels

/// A batch of images for plain loops: for each pixel, row by row and image by image, its channels.
struct ReferenceImages<Scalar: BinaryFloatingPoint> {
  let count: Int
  let height: Int
  let width: Int
  let pixels: [[Scalar]]

  var channels: Int { pixels.first?.count ?? 0 }

  /// - Precondition: as many pixels as the extents say.
  init(count: Int, height: Int, width: Int, pixels: [[Scalar]]) {
    precondition(
      pixels.count == count * height * width, "images \(count)x\(height)x\(width): \(pixels.count) pixels given")
    self.count = count
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// - Shapes: `tensor` [N, C, H, W].
  init(_ tensor: Tensor) {
    let (channels, area) = (tensor.shape[1], tensor.shape[2] * tensor.shape[3])
    let elements = tensor.elements
    let pixels = (0..<tensor.shape[0] * area).map { pixel in
      (0..<channels).map { Scalar(elements[(pixel / area * channels + $0) * area + pixel % area]) }
    }
    self.init(count: tensor.shape[0], height: tensor.shape[2], width: tensor.shape[3], pixels: pixels)
  }

  /// Images of the same extents with other pixels.
  func with(_ pixels: [[Scalar]]) -> ReferenceImages {
    ReferenceImages(count: count, height: height, width: width, pixels: pixels)
  }
}

/// Square windows over images.
struct ReferenceWindow {
  let kernel: Int
  let stride: Int
  let padding: Int

  /// A place where a window reads: numbers of the pixel it reads and of the pixel it writes.
  typealias Tap = (input: Int, output: Int)

  func outputExtent(_ extent: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }

  /// For every place of the kernel, row by row, where it reads in `count` images; the padding is left out.
  func taps(count: Int, height: Int, width: Int) -> [[Tap]] {
    let (rows, columns) = (outputExtent(height), outputExtent(width))
    return (0..<kernel * kernel).map { place in
      var taps: [Tap] = []
      for image in 0..<count {
        for row in 0..<rows {
          let y = row * stride + place / kernel - padding
          guard (0..<height).contains(y) else { continue }
          for column in 0..<columns {
            let x = column * stride + place % kernel - padding
            guard (0..<width).contains(x) else { continue }
            taps.append(((image * height + y) * width + x, (image * rows + row) * columns + column))
          }
        }
      }
      return taps
    }
  }
}
