/// `Winograd` on tensors.
///
/// - Shapes: `input` [N, Ci, H, W]; `weight` [Co, Ci, 3, 3]; output [N, Co, H, W].
struct WinogradConvolution {
  private let winograd: Winograd
  private let input: Shape
  private let output: Shape
  private let weight: Shape

  init(input: Shape, weight: Shape) {
    self.input = input
    self.weight = weight
    output = [input[0], weight[0], input[2], input[3]]
    winograd = Winograd(
      images: input[0], height: input[2], width: input[3], channels: input[1], outputs: weight[0])
  }

  func forward(_ images: Tensor, weight: Tensor) -> Tensor {
    let result = Tensor(uninitialized: output, layout: .channelsLast(output))
    winograd.forward(
      images.converted(to: .channelsLast(input)).storage, weight: weight.plain().storage, into: result.storage)
    return result
  }

  func inputGradient(_ upstream: Tensor, weight: Tensor) -> Tensor {
    let result = Tensor(uninitialized: input, layout: .channelsLast(input))
    winograd.inputGradient(
      upstream.converted(to: .channelsLast(output)).storage, weight: weight.plain().storage, into: result.storage)
    return result
  }

  func weightGradient(_ upstream: Tensor, input images: Tensor) -> Tensor {
    let result = Tensor(uninitialized: weight)
    winograd.weightGradient(
      upstream.converted(to: .channelsLast(output)).storage,
      input: images.converted(to: .channelsLast(input)).storage, into: result.storage)
    return result
  }
}
