import Kernels
import Testing

/// How far apart an element and the one expected may lie: `absolute + relative * |expected|`.
package struct Tolerance: Sendable {
  package let absolute: Double
  package let relative: Double

  package init(absolute: Double, relative: Double) {
    self.absolute = absolute
    self.relative = relative
  }

  /// For sums of some hundred products of numbers near 1 in single precision.
  package static let single = Tolerance(absolute: 2e-5, relative: 2e-5)
  /// Equal values.
  package static let exact = Tolerance(absolute: 0, relative: 0)

  fileprivate func bound(_ expected: Double) -> Double {
    let bound = absolute + relative * abs(expected)
    return bound.isFinite ? bound : 0
  }
}

/// Records an issue at the caller's line unless `got` has the shape of `expected` and elements close to it.
package func expectClose<Scalar>(
  _ got: Tensor, _ expected: PlainTensor<Scalar>, _ tolerance: Tolerance = .single, _ what: String = "tensor",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  if let fault = difference(PlainTensor<Double>(got), expected, tolerance) {
    Issue.record("\(what): \(fault)", sourceLocation: sourceLocation)
  }
}

/// Records an issue at the caller's line unless both tensors have one shape and close elements.
package func expectClose(
  _ got: Tensor, _ expected: Tensor, _ tolerance: Tolerance = .single, _ what: String = "tensor",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectClose(got, PlainTensor<Double>(expected), tolerance, what, sourceLocation: sourceLocation)
}

/// What is wrong with `got`: another shape, or else the element that misses its bound by most; nil if nothing is.
///
/// Not a number is close to not a number only, an infinity to itself only.
package func difference<Scalar>(
  _ got: PlainTensor<Double>, _ expected: PlainTensor<Scalar>, _ tolerance: Tolerance
) -> String? {
  guard got.shape == expected.shape else { return "shape \(got.shape), expected \(expected.shape)" }
  var worst: (index: Int, excess: Double)?
  for index in got.elements.indices {
    let (value, wanted) = (got.elements[index], Double(expected.elements[index]))
    if value == wanted || (value.isNaN && wanted.isNaN) { continue }
    let error = abs(value - wanted)
    let excess = error.isNaN ? .infinity : error - tolerance.bound(wanted)
    if excess > 0, excess > worst?.excess ?? 0 { worst = (index, excess) }
  }
  guard let worst else { return nil }
  let (value, wanted) = (got.elements[worst.index], Double(expected.elements[worst.index]))
  return """
    element \(position(worst.index, in: got.shape)) is \(value), expected \(wanted) within \
    \(tolerance.bound(wanted))
    """
}

/// The place of the `index`-th element in row-major order.
private func position(_ index: Int, in shape: Shape) -> [Int] {
  var rest = index
  var place: [Int] = []
  for extent in shape.extents.reversed() {
    place.insert(rest % extent, at: 0)
    rest /= extent
  }
  return place
}
