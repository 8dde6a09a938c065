import Kernels

/// Dense row-major array for plain loops: what a kernel's twin computes with, in single or double precision.
package struct PlainTensor<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
  package let shape: Shape
  package var elements: [Scalar]

  /// - Precondition: as many elements as `shape` has.
  package init(_ elements: [Scalar], shape: Shape) {
    precondition(elements.count == shape.count, "plain tensor of shape \(shape): \(elements.count) elements given")
    self.shape = shape
    self.elements = elements
  }

  package init(repeating value: Scalar, shape: Shape) {
    self.init([Scalar](repeating: value, count: shape.count), shape: shape)
  }

  /// The elements of `tensor`, exactly.
  package init(_ tensor: Tensor) {
    self.init(tensor.elements.map { Scalar($0) }, shape: tensor.shape)
  }

  package var count: Int { elements.count }

  /// The same shape with `transform` of every element.
  package func map(_ transform: (Scalar) -> Scalar) -> PlainTensor {
    PlainTensor(elements.map(transform), shape: shape)
  }

  /// `transform` of the elements of two tensors of one shape.
  package func zip(_ other: PlainTensor, _ transform: (Scalar, Scalar) -> Scalar) -> PlainTensor {
    precondition(shape == other.shape, "zip: shapes \(shape) and \(other.shape) differ")
    return PlainTensor(elements.indices.map { transform(elements[$0], other.elements[$0]) }, shape: shape)
  }

  /// Sum of the products of corresponding elements.
  package func dot(_ other: PlainTensor) -> Scalar {
    zip(other, *).elements.reduce(0, +)
  }
}
