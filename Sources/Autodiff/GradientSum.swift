import Kernels

extension Optional where Wrapped == Tensor {
  /// Adds a gradient to what has arrived, in place where nothing else shares it.
  mutating func accumulate(_ gradient: Tensor) {
    guard var sum = self else {
      self = gradient
      return
    }
    // Forgotten while it is written to, so that it is not copied.
    self = nil
    Elementwise.add(gradient, to: &sum)
    self = sum
  }
}
