/// Operations that treat every element alike.
///
/// They run over the stored numbers in whatever layout the first operand has, padding included (padding stays zero
/// under all of them), after bringing the other to it.
package enum Elementwise {
  /// Elements a parallel chunk holds: large enough to pay for waking a thread.
  static let grain = 1 << 15

  /// sum += term.
  package static func add(_ term: Tensor, to sum: inout Tensor) {
    precondition(term.shape == sum.shape, "add: shapes \(term.shape) and \(sum.shape) differ")
    let term = term.matching(sum)
    sum.makeUnique()
    unsafe run(Sum.self, sum.storage.floats, term.storage.floats, sum.storage.floats, sum.storedCount)
  }

  /// a + b.
  package static func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "sum: shapes \(a.shape) and \(b.shape) differ")
    return combine(Sum.self, a, b)
  }

  /// a * b, element by element.
  package static func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "product of shapes \(a.shape) and \(b.shape)")
    return combine(Product.self, a, b)
  }

  /// The magnitudes of all elements.
  package static func magnitude(_ x: Tensor) -> Tensor { combine(Magnitude.self, x, x) }

  /// Every element times `factor`.
  package static func scaled(_ x: Tensor, by factor: Float) -> Tensor {
    var result = x.plain()
    result.withMutableElements { elements in
      for index in elements.indices { elements[index] *= factor }
    }
    return result
  }

  /// max(a + b, 0), a residual block's end.
  package static func rectifiedSum(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "rectifiedSum: shapes \(a.shape) and \(b.shape) differ")
    return combine(RectifiedSum.self, a, b)
  }

  /// max(x, 0); not a number stays what it is.
  package static func relu(_ x: Tensor) -> Tensor { combine(Rectifier.self, x, x) }

  /// min(max(x, 0), 6); not a number stays what it is.
  package static func relu6(_ x: Tensor) -> Tensor { combine(CappedRectifier.self, x, x) }

  /// Gradient of relu (and of rectifiedSum, at either term): upstream where the output is positive.
  package static func reluGradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(upstream.shape == output.shape, "reluGradient: shapes \(upstream.shape), \(output.shape) differ")
    return combine(RectifierGradient.self, output, upstream)
  }

  /// Gradient of relu6: upstream where the output lies strictly between 0 and 6.
  package static func relu6Gradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(upstream.shape == output.shape, "relu6Gradient: shapes \(upstream.shape), \(output.shape) differ")
    return combine(CappedRectifierGradient.self, output, upstream)
  }

  /// Whether every element is finite.
  package static func isFinite(_ x: Tensor) -> Bool {
    x.withElements { elements in
      for index in elements.indices where !elements[index].isFinite { return false }
      return true
    }
  }

  /// Sum of squares in row-major order, in double precision.
  package static func squaredNorm(_ x: Tensor) -> Double {
    x.withElements { elements in
      var total = 0.0
      for index in elements.indices { total += Double(elements[index]) * Double(elements[index]) }
      return total
    }
  }

  /// operation(a, b), element by element, in `a`'s layout.
  static func combine<Operation: LaneOperation>(_ operation: Operation.Type, _ a: Tensor, _ b: Tensor) -> Tensor {
    let b = b.matching(a)
    let result = Tensor(uninitialized: a.shape, layout: a.layout)
    unsafe run(operation, a.storage.floats, b.storage.floats, result.storage.floats, a.storedCount)
    return result
  }

  /// result = operation(a, b) over `count` numbers; `result` may be `a`.
  ///
  /// Operations are types, not closures: the compiler does not inline a closure into a parallel loop.
  private static func run<Operation: LaneOperation>(
    _ operation: Operation.Type, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
    _ result: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (a, b, result) = unsafe (a, b, result)
    parallel(count, grain: grain) { range in
      var index = range.lowerBound
      while index + Lanes.scalarCount <= range.upperBound {
        unsafe store(operation.apply(load(a, index), load(b, index)), result, index)
        index += Lanes.scalarCount
      }
      while index < range.upperBound {
        let lanes = unsafe operation.apply(Lanes(repeating: a[index]), Lanes(repeating: b[index]))
        unsafe result[index] = lanes[0]
        index += 1
      }
    }
  }
}

/// One AVX register's worth of numbers.
typealias Lanes = SIMD8<Float>

/// Eight numbers from `base[index]` on.
@inline(__always)
func load(_ base: UnsafeMutablePointer<Float>, _ index: Int) -> Lanes {
  unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func load(_ base: UnsafePointer<Float>, _ index: Int) -> Lanes {
  unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ lanes: Lanes, _ base: UnsafeMutablePointer<Float>, _ index: Int) {
  unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: lanes, as: Lanes.self)
}

extension Tensor {
  /// This tensor in `other`'s layout.
  fileprivate func matching(_ other: Tensor) -> Tensor {
    if layout === other.layout { return self }
    return converted(to: other.layout ?? Layout.plain(other.shape.extents))
  }
}

/// A function of two numbers, eight pairs at a time.
///
/// `replacing(with:where:)` with a scalar and a strict comparison becomes one instruction; `clamped`, `pointwiseMax` and
/// comparisons that include equality become loops over lanes.
protocol LaneOperation {
  static func apply(_ a: Lanes, _ b: Lanes) -> Lanes
}

private enum Sum: LaneOperation {
  @inline(__always)
  static func apply(_ a: Lanes, _ b: Lanes) -> Lanes { a + b }
}

private enum Product: LaneOperation {
  @inline(__always)
  static func apply(_ a: Lanes, _ b: Lanes) -> Lanes { a * b }
}

private enum Magnitude: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { x.replacing(with: -x, where: x .< 0) }
}

private enum RectifiedSum: LaneOperation {
  @inline(__always)
  static func apply(_ a: Lanes, _ b: Lanes) -> Lanes { Rectifier.apply(a + b, b) }
}

private enum Rectifier: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { x.replacing(with: 0, where: x .< 0) }
}

private enum CappedRectifier: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ y: Lanes) -> Lanes {
    let rectified = Rectifier.apply(x, y)
    return rectified.replacing(with: 6, where: rectified .> 6)
  }
}

private enum RectifierGradient: LaneOperation {
  /// The smallest positive number, so that strictly less means not positive.
  @inline(__always)
  static func apply(_ output: Lanes, _ upstream: Lanes) -> Lanes {
    upstream.replacing(with: 0, where: output .< Float.leastNonzeroMagnitude)
  }
}

private enum CappedRectifierGradient: LaneOperation {
  @inline(__always)
  static func apply(_ output: Lanes, _ upstream: Lanes) -> Lanes {
    RectifierGradient.apply(output, upstream).replacing(with: 0, where: output .> Float(6).nextDown)
  }
}
