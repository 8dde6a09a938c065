import Kernels

/// A value in a reference pass, and the gradient that has arrived at it.
final class ReferenceValue<Scalar: BinaryFloatingPoint> {
  let images: ReferenceImages<Scalar>
  let needsGradient: Bool
  fileprivate(set) var gradient: [[Scalar]]?

  init(_ images: ReferenceImages<Scalar>, needsGradient: Bool) {
    self.images = images
    self.needsGradient = needsGradient
  }
}

/// Forward pass through a network in plain loops, recorded for going back.
///
/// It shares no arithmetic with the engine, and computes in any precision.
final class ReferencePass<Scalar: BinaryFloatingPoint> {
  typealias Value = ReferenceValue<Scalar>

  /// Elements of the parameter, or the running statistic, of a path and a shape.
  typealias Source = (_ path: String, _ shape: Shape) -> [Scalar]

  let isTraining: Bool
  /// Elements and shape of each parameter's gradient by its path, in PyTorch's order.
  private(set) var gradients: [String: (elements: [Scalar], shape: Shape)] = [:]
  /// Number of elements of the parameters read so far; running statistics are none.
  private(set) var parameterCount = 0
  private let source: Source
  private var steps: [(output: Value, derivative: (_ upstream: [[Scalar]]) -> Void)] = []

  init(isTraining: Bool, parameters source: @escaping Source) {
    self.isTraining = isTraining
    self.source = source
  }

  func parameter(_ path: String, _ shape: Shape) -> [Scalar] {
    parameterCount += shape.count
    return source(path, shape)
  }

  func statistic(_ path: String, channels: Int) -> [Scalar] { source(path, [channels]) }

  /// A result, with what passes its gradient on; `derivative` must not capture the result.
  func record(
    _ images: ReferenceImages<Scalar>, derivative: @escaping (_ upstream: [[Scalar]]) -> Void
  ) -> Value {
    let output = Value(images, needsGradient: true)
    steps.append((output, derivative))
    return output
  }

  /// Goes back from `output`, which `upstream` arrives at.
  func backward(from output: Value, upstream: [[Scalar]]) {
    accumulate(upstream, at: output)
    while let step = steps.popLast() {
      if let upstream = step.output.gradient { step.derivative(upstream) }
      step.output.gradient = nil
    }
  }

  func accumulate(_ gradient: [[Scalar]], at value: Value) {
    guard value.needsGradient else { return }
    value.gradient = value.gradient.map { referenceSum($0, gradient) } ?? gradient
  }

  func accumulate(_ gradient: [Scalar], of path: String, _ shape: Shape) {
    precondition(gradients[path] == nil && gradient.count == shape.count, "gradient of '\(path)', \(shape)")
    gradients[path] = (gradient, shape)
  }
}

/// a + b.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func referenceSum<Scalar: BinaryFloatingPoint>(_ a: [[Scalar]], _ b: [[Scalar]]) -> [[Scalar]] {
  var sum = a
  for pixel in sum.indices { for channel in sum[pixel].indices { sum[pixel][channel] += b[pixel][channel] } }
  return sum
}
