import Kernels

/// Maximum and mean over windows as plain loops.
///
/// - Shapes: input [N, C, H, W]; output [N, C, Ho, Wo].
package struct PoolingTwin {
  package let outputShape: Shape
  private let input: Shape
  private let area: Int
  /// For each output element, the input elements its window covers in row-major order, padding left out.
  private let windows: [[Int]]

  package init(input: Shape, kernel: (height: Int, width: Int), stride: Int, padding: Int) {
    let rows = (input[2] + 2 * padding - kernel.height) / stride + 1
    let columns = (input[3] + 2 * padding - kernel.width) / stride + 1
    var windows: [[Int]] = []
    for image in 0..<(input[0] * input[1]) {
      for row in 0..<rows {
        for column in 0..<columns {
          var window: [Int] = []
          for y in 0..<kernel.height {
            for x in 0..<kernel.width {
              let (h, w) = (row * stride + y - padding, column * stride + x - padding)
              guard (0..<input[2]).contains(h), (0..<input[3]).contains(w) else { continue }
              window.append((image * input[2] + h) * input[3] + w)
            }
          }
          windows.append(window)
        }
      }
    }
    self.outputShape = [input[0], input[1], rows, columns]
    self.input = input
    self.area = kernel.height * kernel.width
    self.windows = windows
  }

  package func maximum<Scalar>(_ input: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    PlainTensor(windows.map { input.elements[largest($0, input)] }, shape: outputShape)
  }

  /// All of a window's gradient goes to its largest element, the first of equals.
  package func maximumGradient<Scalar>(
    _ upstream: PlainTensor<Scalar>, input: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var gradient = PlainTensor<Scalar>(repeating: 0, shape: self.input)
    for index in windows.indices { gradient.elements[largest(windows[index], input)] += upstream.elements[index] }
    return gradient
  }

  /// Padding counts as zeros.
  package func average<Scalar>(_ input: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    PlainTensor(
      windows.map { window in window.reduce(0) { $0 + input.elements[$1] } / Scalar(area) }, shape: outputShape)
  }

  package func averageGradient<Scalar>(_ upstream: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    var gradient = PlainTensor<Scalar>(repeating: 0, shape: input)
    for index in windows.indices {
      for place in windows[index] { gradient.elements[place] += upstream.elements[index] / Scalar(area) }
    }
    return gradient
  }

  private func largest<Scalar>(_ window: [Int], _ input: PlainTensor<Scalar>) -> Int {
    var best = window[0]
    for place in window where input.elements[place] > input.elements[best] { best = place }
    return best
  }
}
