import Autodiff
import Kernels
import Networks
import Testing

@Suite struct WeightAverageTests {
  private let network = Network(
    ModelConfig(architecture: .mobileNetV1, width: 0.125, stem: .small, inputChannels: 1, classes: 2), seed: Seed(1))

  /// Sets the first bias and the first running mean.
  private func set(_ value: Float) {
    network.parameters[1].parameter.value = Tensor(repeating: value, shape: network.parameters[1].parameter.shape)
    network.statistics[0].statistics.mean = Tensor(
      repeating: -value, shape: network.statistics[0].statistics.mean.shape)
  }

  private var values: [Float] {
    [network.parameters[1].parameter.value.elements[0], network.statistics[0].statistics.mean.elements[0]]
  }

  /// PyTorch's `AveragedModel` with `get_ema_multi_avg_fn(0.75)` gives 2, 2.5, 3.875.
  @Test func averageIsPyTorchs() {
    let average = WeightAverage(AveragingConfig(decay: 0.75, warmsUp: false), of: network)
    for (value, expected) in [(2, 2), (4, 2.5), (8, 3.875)] as [(Float, Float)] {
      set(value)
      average.update()
      average.withAverage { #expect(values == [expected, -expected]) }
      #expect(values == [value, -value])
    }
  }

  /// 1 - (1 + n)^(-2/3), as timm's `ModelEmaV3` has it by default, until it reaches the decay.
  @Test func warmUpLowersTheFirstDecays() {
    let config = AveragingConfig(decay: 0.6, warmsUp: true)
    let expected = [0, 0.3700394750525634, 0.5192501432308638, 0.6, 0.6]
    #expect(zip(0..., expected).allSatisfy { abs(config.decay(after: $0) - $1) < 1e-15 })
    #expect(AveragingConfig(decay: 0.6, warmsUp: false).decay(after: 1) == 0.6)
    #expect(AveragingConfig(decay: 0.6, warmsUp: false).decay(after: 0) == 0)
  }

  @Test func beforeTheFirstUpdateTheAverageIsTheNetwork() {
    let before = network.state.mapValues(\.elements)
    let average = WeightAverage(AveragingConfig(decay: 0.9, warmsUp: false), of: network)
    set(5)
    average.withAverage { #expect(network.state.mapValues(\.elements) == before) }
    #expect(values == [5, -5])
  }

  @Test func weightsComeBackWhenTheBodyThrows() {
    struct Stop: Error {}
    let average = WeightAverage(AveragingConfig(decay: 0.9, warmsUp: false), of: network)
    set(5)
    #expect(throws: Stop.self) { try average.withAverage { throw Stop() } }
    #expect(values == [5, -5])
  }

  @Test func adoptedAverageIsTheNetwork() {
    let average = WeightAverage(AveragingConfig(decay: 0.5, warmsUp: false), of: network)
    for value: Float in [1, 3] {
      set(value)
      average.update()
    }
    average.adopt()
    #expect(values == [2, -2])
  }

  @Test func resumedAverageGoesOnWithTheSameBits() throws {
    let config = AveragingConfig(decay: 0.99, warmsUp: true)
    let average = WeightAverage(config, of: network)
    for value: Float in [0.1, 0.7, 0.3] {
      set(value)
      average.update()
    }
    let resumed = WeightAverage(config, of: network)
    try resumed.restore(average.state)
    set(0.9)
    average.update()
    resumed.update()
    #expect(resumed.state.values.mapValues(\.elements) == average.state.values.mapValues(\.elements))
    #expect(resumed.state.updates == 4)
  }

  @Test func averageOfAnotherNetworkIsRefused() {
    let average = WeightAverage(AveragingConfig(decay: 0.5, warmsUp: false), of: network)
    #expect(throws: OptimizerError.stateMismatch(missing: network.state.keys.sorted(), unused: [], misshapen: [])) {
      try average.restore(WeightAverage.State(values: [:], updates: 3))
    }
  }
}
