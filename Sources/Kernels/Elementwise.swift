/// Operations that treat every element alike.
///
/// They run over the stored numbers in whatever layout the first operand has, padding included (padding stays zero
/// under all of them), after bringing the others to it.
package enum Elementwise {
  /// Elements a parallel chunk holds: large enough to pay for waking a thread.
  static let grain = 1 << 15

  /// sum += term.
  package static func add(_ term: Tensor, to sum: inout Tensor) {
    precondition(term.shape == sum.shape, "add: shapes \(term.shape) and \(sum.shape) differ")
    let term = term.matching(sum)
    sum.makeUnique()
    update(sum, reading: term) { $0 + $1 }
  }

  /// a + b.
  package static func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "sum: shapes \(a.shape) and \(b.shape) differ")
    return combine(a, b.matching(a)) { $0 + $1 }
  }

  /// max(a + b, 0), a residual block's end.
  package static func rectifiedSum(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "rectifiedSum: shapes \(a.shape) and \(b.shape) differ")
    return combine(a, b.matching(a)) { ($0 + $1).clamped(lowerBound: .zero, upperBound: .infinities) }
  }

  /// max(x, 0).
  package static func relu(_ x: Tensor) -> Tensor {
    combine(x, x) { x, _ in x.clamped(lowerBound: .zero, upperBound: .infinities) }
  }

  /// min(max(x, 0), 6).
  package static func relu6(_ x: Tensor) -> Tensor {
    combine(x, x) { x, _ in x.clamped(lowerBound: .zero, upperBound: Lanes(repeating: 6)) }
  }

  /// Gradient of relu (and of rectifiedSum, at either term): upstream where the output is positive.
  package static func reluGradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(upstream.shape == output.shape, "reluGradient: shapes \(upstream.shape), \(output.shape) differ")
    return combine(output, upstream.matching(output)) { y, g in g.replacing(with: 0, where: y .<= 0) }
  }

  /// Gradient of relu6: upstream where the output lies strictly between 0 and 6.
  package static func relu6Gradient(_ upstream: Tensor, output: Tensor) -> Tensor {
    precondition(upstream.shape == output.shape, "relu6Gradient: shapes \(upstream.shape), \(output.shape) differ")
    return combine(output, upstream.matching(output)) { y, g in
      g.replacing(with: 0, where: (y .<= 0) .| (y .>= 6))
    }
  }

  /// Whether every element is finite.
  package static func isFinite(_ x: Tensor) -> Bool {
    var total = Lanes.zero
    let count = x.storedCount
    let source = unsafe x.storage.floats
    var index = 0
    while index + Lanes.scalarCount <= count {
      // x * 0 is 0 for finite x and not a number otherwise.
      total += unsafe load(source, index) * 0
      index += Lanes.scalarCount
    }
    while index < count {
      total[0] += unsafe source[index] * 0
      index += 1
    }
    return total.sum() == 0
  }

  /// Sum of squares in fixed chunks of additions, in double precision across chunks.
  package static func squaredNorm(_ x: Tensor) -> Double {
    x.withElements { elements in
      var total = 0.0
      for index in elements.indices { total += Double(elements[index]) * Double(elements[index]) }
      return total
    }
  }
}

/// One SIMD register's worth of numbers, or two on machines with narrower ones.
typealias Lanes = SIMD16<Float>

extension Lanes {
  fileprivate static var infinities: Lanes { Lanes(repeating: .infinity) }
}

/// Sixteen numbers from `base[index]` on.
@inline(__always)
func load(_ base: UnsafePointer<Float>, _ index: Int) -> Lanes {
  unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func load(_ base: UnsafeMutablePointer<Float>, _ index: Int) -> Lanes {
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

/// result = operation(a, b) over all stored numbers.
@inline(__always)
private func combine(_ a: Tensor, _ b: Tensor, _ operation: (Lanes, Lanes) -> Lanes) -> Tensor {
  let result = Tensor(uninitialized: a.shape, layout: a.layout)
  unsafe run(a.storage.floats, b.storage.floats, result.storage.floats, a.storedCount, operation)
  return result
}

/// a = operation(a, b) over all stored numbers.
@inline(__always)
private func update(_ a: Tensor, reading b: Tensor, _ operation: (Lanes, Lanes) -> Lanes) {
  unsafe run(a.storage.floats, b.storage.floats, a.storage.floats, a.storedCount, operation)
}

@inline(__always)
private func run(
  _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ result: UnsafeMutablePointer<Float>,
  _ count: Int, _ operation: (Lanes, Lanes) -> Lanes
) {
  // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
  nonisolated(unsafe) let (a, b, result) = unsafe (a, b, result)
  parallel(count, grain: Elementwise.grain) { range in
    var index = range.lowerBound
    while index + Lanes.scalarCount <= range.upperBound {
      unsafe store(operation(load(a, index), load(b, index)), result, index)
      index += Lanes.scalarCount
    }
    while index < range.upperBound {
      unsafe result[index] = unsafe operation(Lanes(repeating: a[index]), Lanes(repeating: b[index]))[0]
      index += 1
    }
  }
}
