import Glibc

/// Softmax and its logarithm over the last axis.
package enum Softmax {
  /// e^x over its sum along the last axis.
  ///
  /// - Shapes: `x` [..., C]; result as `x`.
  package static func forward(_ x: Tensor) -> Tensor {
    let (x, width) = rows(x, "softmax")
    let result = Tensor(uninitialized: x.shape)
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (x.storage.floats, result.storage.floats)
    forEachRow(x.count, width) { row in
      unsafe Self.row(source + row * width, to: target + row * width, width, factor: 1)
    }
    return result
  }

  /// Gradient at the input, from the gradient at the result and the result itself.
  ///
  /// - Shapes: all [..., C].
  package static func gradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(upstream.shape == output.shape, "softmax gradient: upstream \(upstream.shape), output \(output.shape)")
    let (output, width) = rows(output, "softmax gradient")
    let upstream = upstream.plain()
    let result = Tensor(uninitialized: output.shape)
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (y, g, target) = unsafe (
      output.storage.floats, upstream.storage.floats, result.storage.floats
    )
    forEachRow(output.count, width) { row in
      unsafe rowGradient(g + row * width, y + row * width, to: target + row * width, width, factor: 1)
    }
    return result
  }

  /// x minus the logarithm of the sum of e^x along the last axis.
  ///
  /// - Shapes: `x` [..., C]; result as `x`.
  package static func logarithm(_ x: Tensor) -> Tensor {
    let (x, width) = rows(x, "log-softmax")
    let result = Tensor(uninitialized: x.shape)
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (x.storage.floats, result.storage.floats)
    forEachRow(x.count, width) { row in
      let (values, logs) = unsafe (source + row * width, target + row * width)
      let largest = unsafe Self.largest(values, width)
      var total = 0.0
      for index in 0..<width { total += unsafe exp(Double(values[index] - largest)) }
      let shift = Double(largest) + log(total)
      for index in 0..<width { unsafe logs[index] = Float(Double(values[index]) - shift) }
    }
    return result
  }

  /// Gradient at the input of `logarithm`, from the gradient at the result and the result itself.
  ///
  /// - Shapes: all [..., C].
  package static func logarithmGradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(
      upstream.shape == output.shape, "log-softmax gradient: upstream \(upstream.shape), output \(output.shape)")
    let (output, width) = rows(output, "log-softmax gradient")
    let upstream = upstream.plain()
    let result = Tensor(uninitialized: output.shape)
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (y, g, target) = unsafe (
      output.storage.floats, upstream.storage.floats, result.storage.floats
    )
    forEachRow(output.count, width) { row in
      var total = 0.0
      for index in row * width..<(row + 1) * width { total += unsafe Double(g[index]) }
      for index in row * width..<(row + 1) * width {
        unsafe target[index] = Float(Double(g[index]) - exp(Double(y[index])) * total)
      }
    }
    return result
  }

  // MARK: One row

  /// Softmax of `factor` times one row; `target` may be `source`.
  ///
  /// An element of minus infinity gets exactly 0.
  ///
  /// - Precondition: at least one element is larger than minus infinity.
  @inline(__always)
  static func row(
    _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, _ width: Int, factor: Float
  ) {
    let largest = unsafe Self.largest(source, width) * factor
    var sums = Lanes.zero
    var index = 0
    while index + Lanes.scalarCount <= width {
      let value = unsafe VectorMath.exponential(load(source, index) * factor - largest)
      sums += value
      unsafe store(value, target, index)
      index += Lanes.scalarCount
    }
    var total = sums.sum()
    while index < width {
      let value = unsafe VectorMath.exponential(Lanes(repeating: source[index] * factor - largest))[0]
      total += value
      unsafe target[index] = value
      index += 1
    }
    let inverse = 1 / total
    index = 0
    while index + Lanes.scalarCount <= width {
      unsafe store(load(target, index) * inverse, target, index)
      index += Lanes.scalarCount
    }
    while index < width {
      unsafe target[index] *= inverse
      index += 1
    }
  }

  /// `factor` times the gradient at one row's input; `target` may be `upstream`.
  @inline(__always)
  static func rowGradient(
    _ upstream: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    to target: UnsafeMutablePointer<Float>, _ width: Int, factor: Float
  ) {
    var sums = Lanes.zero
    var index = 0
    while index + Lanes.scalarCount <= width {
      unsafe sums.addProduct(load(upstream, index), load(output, index))
      index += Lanes.scalarCount
    }
    var total = sums.sum()
    while index < width {
      total += unsafe upstream[index] * output[index]
      index += 1
    }
    index = 0
    while index + Lanes.scalarCount <= width {
      unsafe store((load(upstream, index) - total) * load(output, index) * factor, target, index)
      index += Lanes.scalarCount
    }
    while index < width {
      unsafe target[index] = (upstream[index] - total) * output[index] * factor
      index += 1
    }
  }

  /// Largest of `width` numbers, at least one.
  @inline(__always)
  private static func largest(_ values: UnsafeMutablePointer<Float>, _ width: Int) -> Float {
    var index = 0
    var largest = unsafe values[0]
    if width >= Lanes.scalarCount {
      var lanes = unsafe load(values, 0)
      index = Lanes.scalarCount
      while index + Lanes.scalarCount <= width {
        let next = unsafe load(values, index)
        lanes = lanes.replacing(with: next, where: next .> lanes)
        index += Lanes.scalarCount
      }
      for lane in 0..<Lanes.scalarCount where lanes[lane] > largest { largest = lanes[lane] }
    }
    while index < width {
      if unsafe values[index] > largest { largest = unsafe values[index] }
      index += 1
    }
    return largest
  }

  private static func rows(_ x: Tensor, _ operation: String) -> (Tensor, width: Int) {
    guard let width = x.shape.extents.last, width > 0 else {
      preconditionFailure("\(operation): input \(x.shape) has no last axis with elements")
    }
    return (x.plain(), width)
  }

  private static func forEachRow(_ count: Int, _ width: Int, _ body: (Int) -> Void) {
    parallel(count / width, grain: max(1, Elementwise.grain / width)) { range in
      for row in range { body(row) }
    }
  }
}
