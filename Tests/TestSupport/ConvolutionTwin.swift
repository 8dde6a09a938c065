import Kernels

/// Two-dimensional convolution as plain loops.
///
/// All three passes sum over the same taps: places where an output element reads an input element through a weight.
///
/// - Shapes: input [N, Ci, H, W]; weight [Co, Ci / groups, Kh, Kw]; bias [Co]; output [N, Co, Ho, Wo].
package struct ConvolutionTwin {
  package let outputShape: Shape
  private let input: Shape
  private let weight: Shape
  private let taps: [Tap]

  private struct Tap {
    let output: Int
    let input: Int
    let weight: Int
  }

  package init(input: Shape, weight: Shape, stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    let (height, width) = (input[2], input[3])
    let rows = (height + 2 * padding - weight[2]) / stride + 1
    let columns = (width + 2 * padding - weight[3]) / stride + 1
    let perGroup = weight[0] / groups
    var taps: [Tap] = []
    for image in 0..<input[0] {
      for channel in 0..<weight[0] {
        for row in 0..<rows {
          for column in 0..<columns {
            let output = ((image * weight[0] + channel) * rows + row) * columns + column
            for part in 0..<weight[1] {
              let source = channel / perGroup * weight[1] + part
              for y in 0..<weight[2] {
                let h = row * stride + y - padding
                guard (0..<height).contains(h) else { continue }
                for x in 0..<weight[3] {
                  let w = column * stride + x - padding
                  guard (0..<width).contains(w) else { continue }
                  taps.append(
                    Tap(
                      output: output, input: ((image * input[1] + source) * height + h) * width + w,
                      weight: ((channel * weight[1] + part) * weight[2] + y) * weight[3] + x))
                }
              }
            }
          }
        }
      }
    }
    self.outputShape = [input[0], weight[0], rows, columns]
    self.input = input
    self.weight = weight
    self.taps = taps
  }

  package func forward<Scalar>(
    _ input: PlainTensor<Scalar>, _ weight: PlainTensor<Scalar>, bias: PlainTensor<Scalar>? = nil
  ) -> PlainTensor<Scalar> {
    var output = PlainTensor<Scalar>(repeating: 0, shape: outputShape)
    if let bias {
      let area = outputShape[2] * outputShape[3]
      for index in output.elements.indices { output.elements[index] = bias.elements[index / area % outputShape[1]] }
    }
    for tap in taps { output.elements[tap.output] += input.elements[tap.input] * weight.elements[tap.weight] }
    return output
  }

  package func inputGradient<Scalar>(
    _ upstream: PlainTensor<Scalar>, _ weight: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var gradient = PlainTensor<Scalar>(repeating: 0, shape: input)
    for tap in taps { gradient.elements[tap.input] += upstream.elements[tap.output] * weight.elements[tap.weight] }
    return gradient
  }

  package func weightGradient<Scalar>(
    _ upstream: PlainTensor<Scalar>, _ input: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var gradient = PlainTensor<Scalar>(repeating: 0, shape: weight)
    for tap in taps { gradient.elements[tap.weight] += upstream.elements[tap.output] * input.elements[tap.input] }
    return gradient
  }

  /// Sum of the upstream gradient over all but the channels.
  package func biasGradient<Scalar>(_ upstream: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    var gradient = PlainTensor<Scalar>(repeating: 0, shape: [outputShape[1]])
    let area = outputShape[2] * outputShape[3]
    for index in upstream.elements.indices {
      gradient.elements[index / area % outputShape[1]] += upstream.elements[index]
    }
    return gradient
  }
}
