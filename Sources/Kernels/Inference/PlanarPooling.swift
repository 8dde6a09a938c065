/// Pooling of planes in a frozen network.
package enum PlanarPooling {
  /// Mean over each whole plane, images to pixels: the images' features lie as those of tokens do.
  ///
  /// - Shapes: `input` [N, C, H, W]; `output` [1, C, 1, N].
  package static func globalAverage(_ input: ImagePlanes, into output: ImagePlanes) {
    let shape = input.shape
    precondition(
      output.shape == [1, shape[1], 1, shape[0]] && input.pixels > 0,
      "global average of \(shape): output \(output.shape)")
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (source, target) = (input, output)
    parallel(shape[1], grain: max(1, Elementwise.grain / (input.pitch * max(1, shape[0])))) { channels in
      for channel in channels {
        for image in 0..<shape[0] {
          let mean = unsafe sum(source.plane(image, channel), source.pixels) / Float(source.pixels)
          unsafe target.plane(0, channel)[image] = mean
        }
      }
    }
  }

  /// Maximum over windows; places outside the image do not count.
  ///
  /// - Shapes: `input` [N, C, H, W]; `output` [N, C, Ho, Wo].
  package static func maximum(_ input: ImagePlanes, _ geometry: PoolingGeometry, into output: ImagePlanes) {
    let shape = input.shape
    precondition(
      geometry.kind == .maximum && output.shape == outputShape(shape, geometry),
      "maximum pooling of \(shape): output \(output.shape)")
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (source, target) = (input, output)
    parallel(shape[0] * shape[1], grain: max(1, Elementwise.grain / max(1, 8 * output.pitch))) { planes in
      for plane in planes { unsafe maximum(source, geometry, into: target, plane) }
    }
  }

  /// Shape of a pooling's output.
  package static func outputShape(_ input: Shape, _ geometry: PoolingGeometry) -> Shape {
    [
      input[0], input[1], (input[2] + 2 * geometry.padding - geometry.kernelHeight) / geometry.stride + 1,
      (input[3] + 2 * geometry.padding - geometry.kernelWidth) / geometry.stride + 1,
    ]
  }

  private static func maximum(
    _ input: ImagePlanes, _ geometry: PoolingGeometry, into output: ImagePlanes, _ plane: Int
  ) {
    let (pixels, results) = unsafe (input.plane(0, plane), output.plane(0, plane))
    let (width, columns) = (input.shape[3], output.shape[3])
    for row in 0..<output.shape[2] {
      let top = row * geometry.stride - geometry.padding
      let rows = max(0, top)..<min(input.shape[2], top + geometry.kernelHeight)
      for column in 0..<columns {
        let left = column * geometry.stride - geometry.padding
        var largest = -Float.infinity
        for y in rows {
          for x in max(0, left)..<min(width, left + geometry.kernelWidth) {
            largest = unsafe max(largest, pixels[y * width + x])
          }
        }
        unsafe results[row * columns + column] = largest
      }
    }
  }

  /// Sum in eight lanes, then of the lanes.
  private static func sum(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    var lanes = Lanes.zero
    var index = 0
    while index + Lanes.scalarCount <= count {
      unsafe lanes += load(values, index)
      index += Lanes.scalarCount
    }
    var total = lanes.sum()
    while index < count {
      unsafe total += values[index]
      index += 1
    }
    return total
  }
}
