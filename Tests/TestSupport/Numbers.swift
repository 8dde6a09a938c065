import Kernels

/// Row-major array of doubles: what plain-loop twins compute with.
package struct Numbers {
  package var shape: [Int]
  package var values: [Double]

  package init(_ shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "numbers of shape \(shape): \(values.count) values")
    self.shape = shape
    self.values = values
  }

  package init(zeros shape: [Int]) {
    self.init(shape, [Double](repeating: 0, count: shape.reduce(1, *)))
  }

  /// Uniform in -1..<1, a multiple of 2^-20 so that single precision holds it exactly.
  package init(random shape: [Int], _ name: String) {
    let stream = Seed(17).stream(name)
    let count = shape.reduce(1, *)
    self.init(shape, (0..<count).map { ((2 * stream.uniform(at: $0) - 1) * 0x1p20).rounded() * 0x1p-20 })
  }

  package init(_ tensor: Tensor) {
    self.init(tensor.shape.extents, tensor.elements.map(Double.init))
  }

  package var tensor: Tensor { Tensor(values.map { Float($0) }, shape: Shape(shape)) }

  package subscript(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Double {
    get { values[((n * shape[1] + c) * shape[2] + y) * shape[3] + x] }
    set { values[((n * shape[1] + c) * shape[2] + y) * shape[3] + x] = newValue }
  }

  /// Sum of products with another array of the same shape.
  package func dot(_ other: Numbers) -> Double {
    precondition(shape == other.shape, "dot product of shapes \(shape) and \(other.shape)")
    return zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// What is wrong with `got`, nil if every element is within `absolute + relative * |expected|`.
///
/// Shapes are compared first, so that nothing passes by being empty; not a number never passes.
package func mismatch(
  _ got: Tensor, _ expected: Numbers, absolute: Double = 1e-5, relative: Double = 1e-5
) -> String? {
  guard got.shape.extents == expected.shape else { return "shape \(got.shape), expected \(expected.shape)" }
  var worst: (index: Int, excess: Double)?
  for (index, value) in got.elements.enumerated() {
    let error = abs(Double(value) - expected.values[index])
    let bound = absolute + relative * abs(expected.values[index])
    guard !(error <= bound) else { continue }
    let excess = error.isNaN ? .infinity : error / bound
    if excess > worst?.excess ?? 0 { worst = (index, excess) }
  }
  return worst.map { "element \($0.index): got \(got.elements[$0.index]), expected \(expected.values[$0.index])" }
}

/// Gradient of `function` at `point` by central differences.
package func numericalGradient(at point: Numbers, _ function: (Numbers) -> Double) -> Numbers {
  let distance = 1e-5
  var gradient = Numbers(zeros: point.shape)
  for index in point.values.indices {
    var (above, below) = (point, point)
    above.values[index] += distance
    below.values[index] -= distance
    gradient.values[index] = (function(above) - function(below)) / (2 * distance)
  }
  return gradient
}
