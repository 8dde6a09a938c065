/// Convolution as a matrix product with the patches that the window sees (im2col), over channels-last images.
///
/// Patches of as many images are laid out at a time as stay in the cache; weight gradients of these chunks are added up
/// in their order.
///
/// - Shapes: `input` [N, Ci, H, W]; `weight` [Co, Ci, Kh, Kw]; output [N, Co, Ho, Wo].
/// - Cost: the patches take Kh Kw / stride^2 times the input's memory traffic besides the products.
struct PatchConvolution {
  private static let chunkBytes = 4 << 20

  private let input: Shape
  private let output: Shape
  private let weight: Shape
  private let geometry: ConvolutionGeometry

  init(input: Shape, weight: Shape, geometry: ConvolutionGeometry) {
    self.input = input
    self.weight = weight
    self.geometry = geometry
    output = [
      input[0], weight[0], geometry.outputExtent(input[2], kernel: weight[2]),
      geometry.outputExtent(input[3], kernel: weight[3]),
    ]
  }

  /// Numbers of one patch: rows of the window, pixels of a row, channels of a pixel.
  private var patch: Int { weight[1] * weight[2] * weight[3] }
  private var outputPixels: Int { output[2] * output[3] }
  private var chunk: Int {
    max(1, Self.chunkBytes / max(1, outputPixels * patch * MemoryLayout<Float>.stride))
  }

  func forward(_ images: Tensor, weight: Tensor) -> Tensor {
    let images = images.converted(to: .channelsLast(input))
    let result = Tensor(uninitialized: output, layout: .channelsLast(output))
    let filters = filters(weight)
    forEachChunk { chunk, patches in
      unsafe gather(images.storage.floats, chunk, into: patches.floats)
      unsafe MatrixProduct.multiply(
        .init(patches.floats, patch), .init(filters.floats, patch, isTransposed: true), inner: patch,
        into: .init(result.storage.floats + chunk.lowerBound * outputPixels * output[1], output[1]),
        rows: chunk.count * outputPixels, columns: output[1])
    }
    return result
  }

  func inputGradient(_ upstream: Tensor, weight: Tensor) -> Tensor {
    let upstream = upstream.converted(to: .channelsLast(output))
    let result = Tensor(uninitialized: input, layout: .channelsLast(input))
    let filters = filters(weight)
    forEachChunk { chunk, patches in
      unsafe MatrixProduct.multiply(
        .init(upstream.storage.floats + chunk.lowerBound * outputPixels * output[1], output[1]),
        .init(filters.floats, patch), inner: output[1], into: .init(patches.floats, patch),
        rows: chunk.count * outputPixels, columns: patch)
      unsafe scatter(patches.floats, chunk, into: result.storage.floats)
    }
    return result
  }

  func weightGradient(_ upstream: Tensor, input images: Tensor) -> Tensor {
    let images = images.converted(to: .channelsLast(input))
    let upstream = upstream.converted(to: .channelsLast(output))
    let sum = Storage(bytes: weight.count * MemoryLayout<Float>.stride)
    if input[0] == 0 { unsafe sum.floats.update(repeating: 0, count: weight.count) }
    forEachChunk { chunk, patches in
      unsafe gather(images.storage.floats, chunk, into: patches.floats)
      unsafe MatrixProduct.multiply(
        .init(upstream.storage.floats + chunk.lowerBound * outputPixels * output[1], output[1], isTransposed: true),
        .init(patches.floats, patch), inner: chunk.count * outputPixels, into: .init(sum.floats, patch),
        rows: output[1], columns: patch, addingUp: chunk.lowerBound > 0)
    }
    let result = Tensor(uninitialized: weight)
    forEachWeight { stored, patched in unsafe result.storage.floats[stored] = sum.floats[patched] }
    return result
  }

  // MARK: Filters

  /// Filters in the order of a patch.
  private func filters(_ weight: Tensor) -> Storage {
    let weight = weight.plain()
    let filters = Storage(bytes: weight.count * MemoryLayout<Float>.stride)
    forEachWeight { stored, patched in unsafe filters.floats[patched] = weight.storage.floats[stored] }
    return filters
  }

  private func forEachWeight(_ body: (_ stored: Int, _ patched: Int) -> Void) {
    let (channels, taps) = (weight[1], weight[2] * weight[3])
    for filter in 0..<weight[0] {
      for channel in 0..<channels {
        for tap in 0..<taps {
          body((filter * channels + channel) * taps + tap, (filter * taps + tap) * channels + channel)
        }
      }
    }
  }

  // MARK: Patches

  private func forEachChunk(_ body: (_ images: Range<Int>, _ patches: Storage) -> Void) {
    let chunk = chunk
    let patches = Storage(bytes: min(chunk, input[0]) * outputPixels * patch * MemoryLayout<Float>.stride)
    for first in stride(from: 0, to: input[0], by: chunk) { body(first..<min(input[0], first + chunk), patches) }
  }

  /// Writes the patches of some images, zeros where the window is outside.
  private func gather(
    _ images: UnsafeMutablePointer<Float>, _ chunk: Range<Int>, into patches: UnsafeMutablePointer<Float>
  ) {
    let channels = weight[1]
    // Sound without isolation: each chunk writes its own rows of patches, and the caller holds the memory.
    nonisolated(unsafe) let (source, target) = unsafe (images, patches)
    forEachRow(of: chunk) { image, row, place in
      for column in 0..<output[3] {
        let patched = unsafe target + (place + column) * patch
        for tap in 0..<weight[2] {
          let part = unsafe patched + tap * weight[3] * channels
          guard let line = line(row, tap) else {
            unsafe part.update(repeating: 0, count: weight[3] * channels)
            continue
          }
          let seen = taps(at: column)
          let first = column * geometry.stride - geometry.padding + seen.lowerBound
          unsafe part.update(repeating: 0, count: seen.lowerBound * channels)
          unsafe (part + seen.lowerBound * channels).update(
            from: source + ((image * input[2] + line) * input[3] + first) * channels, count: seen.count * channels)
          unsafe (part + seen.upperBound * channels)
            .update(repeating: 0, count: (weight[3] - seen.upperBound) * channels)
        }
      }
    }
  }

  /// Adds the patches of some images up where they were read from.
  private func scatter(
    _ patches: UnsafeMutablePointer<Float>, _ chunk: Range<Int>, into images: UnsafeMutablePointer<Float>
  ) {
    let channels = weight[1]
    let size = input[2] * input[3] * channels
    // Sound without isolation: each chunk writes its own images, and the caller holds the memory.
    nonisolated(unsafe) let (source, target) = unsafe (patches, images)
    parallel(chunk.count, grain: 1) { range in
      for number in range {
        let image = chunk.lowerBound + number
        unsafe (target + image * size).update(repeating: 0, count: size)
        for row in 0..<output[2] {
          for column in 0..<output[3] {
            let patched = unsafe source + (number * outputPixels + row * output[3] + column) * patch
            let seen = taps(at: column)
            let first = column * geometry.stride - geometry.padding + seen.lowerBound
            for tap in 0..<weight[2] {
              guard let line = line(row, tap) else { continue }
              unsafe Self.add(
                patched + (tap * weight[3] + seen.lowerBound) * channels,
                to: target + ((image * input[2] + line) * input[3] + first) * channels, seen.count * channels)
            }
          }
        }
      }
    }
  }

  /// The image row that a tap of the window sees from an output row, nil if it is outside.
  @inline(__always)
  private func line(_ row: Int, _ tap: Int) -> Int? {
    let line = row * geometry.stride - geometry.padding + tap
    return line >= 0 && line < input[2] ? line : nil
  }

  /// The window's taps along a row that lie inside the image at an output column.
  @inline(__always)
  private func taps(at column: Int) -> Range<Int> {
    let first = column * geometry.stride - geometry.padding
    let lower = min(weight[3], max(0, -first))
    return lower..<max(lower, min(weight[3], input[3] - first))
  }

  /// Calls `body` for every output row of some images, in parallel, with the place of its first pixel among theirs.
  private func forEachRow(of chunk: Range<Int>, _ body: (_ image: Int, _ row: Int, _ place: Int) -> Void) {
    parallel(chunk.count * output[2], grain: max(1, Elementwise.grain / max(1, output[3] * patch))) { rows in
      for row in rows {
        body(chunk.lowerBound + row / output[2], row % output[2], row * output[3])
      }
    }
  }

  @inline(__always)
  private static func add(_ values: UnsafeMutablePointer<Float>, to sums: UnsafeMutablePointer<Float>, _ count: Int) {
    var index = 0
    while index + Lanes.scalarCount <= count {
      unsafe store(load(sums, index) + load(values, index), sums, index)
      index += Lanes.scalarCount
    }
    while index < count {
      unsafe sums[index] += values[index]
      index += 1
    }
  }
}
