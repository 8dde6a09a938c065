import Autodiff
import Kernels
import Networks
import Testing

@Suite struct GradientClippingTests {
  private let network = Network(
    ModelConfig(architecture: .mobileNetV1, width: 0.125, stem: .small, inputChannels: 1, classes: 2))

  @Test func normIsOfAllGradientsTogether() {
    #expect(network.gradientNorm == 0)
    network.parameters[0].parameter.gradient = Tensor([3, 0], shape: [2])
    network.parameters[5].parameter.gradient = Tensor([0, -4], shape: [2])
    #expect(network.gradientNorm == 5)
  }

  @Test(arguments: [Float.infinity, .nan])
  func normOfWhatIsNotFiniteIsNotFinite(value: Float) {
    network.parameters[0].parameter.gradient = Tensor([3, value], shape: [2])
    #expect(!network.gradientNorm.isFinite)
  }

  /// PyTorch's `clip_grad_norm_` makes of [3, 4] with limit 1: [0.5999999046325684, 0.7999998331069946].
  @Test func factorBringsTheNormToItsLimit() {
    #expect(GradientClipping.factor(norm: 0, limit: 1) == 1)
    #expect(GradientClipping.factor(norm: 0.5, limit: 1) == 1)
    let factor = GradientClipping.factor(norm: 5, limit: 1)
    #expect(factor == 1 / 5.000001)
    #expect(3 * Float(factor) == 0.5999999046325684 && 4 * Float(factor) == 0.7999998331069946)
    #expect(GradientClipping.factor(norm: 1e30, limit: 2) * 1e30 <= 2)
  }

  @Test func infiniteNormHasNoFactor() async {
    await #expect(processExitsWith: .failure) { _ = GradientClipping.factor(norm: .infinity, limit: 1) }
  }
}
