import Kernels

extension Tensor {
  /// Uniform numbers of the stream `name`, the same in every run.
  package static func random(_ name: String, _ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Tensor {
    let stream = Seed(2023).stream(name)
    let width = Double(range.upperBound - range.lowerBound)
    return Tensor(
      (0..<shape.count).map { range.lowerBound + Float(stream.uniform(at: $0) * width) }, shape: shape)
  }

  /// The whole numbers below the count in a random order, divided by it: no two are closer than 1 / count.
  package static func shuffled(_ name: String, _ shape: Shape) -> Tensor {
    let order = Seed(2023).stream(name).permutation(of: shape.count)
    return Tensor(order.map { Float($0) / Float(max(shape.count, 1)) }, shape: shape)
  }
}
