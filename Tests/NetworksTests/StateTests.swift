import Autodiff
import Kernels
import Networks
import Testing

@Suite struct StateTests {
  private let config = ModelConfig(
    architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 3, classes: 10)

  @Test func loadedStateIsTheStateAndOtherNetworksKeepTheirs() throws {
    let source = Network(config, seed: Seed(1))
    let target = Network(config, seed: Seed(2))
    let counters = source.statistics.map { "\($0.path).num_batches_tracked" }
    var state = source.state
    for path in counters { state[path] = Tensor([3], shape: []) }
    try target.load(state)
    #expect(target.state.mapValues(\.elements) == source.state.mapValues(\.elements))
    // Values, not references: what happens to one network does not reach the other.
    target.parameters[0].parameter.value.withMutableElements { $0[0] = 77 }
    target.statistics[0].statistics.mean.withMutableElements { $0[0] = 77 }
    #expect(source.state["features.0.0.weight"]?.elements[0] != 77)
    #expect(source.state["features.0.1.running_mean"]?.elements[0] == 0)
  }

  @Test func everythingThatDoesNotFitIsReportedAtOnceAndNothingIsLoaded() throws {
    let network = Network(config, seed: Seed(1))
    let before = network.state.mapValues(\.elements)
    var state = Network(config, seed: Seed(2)).state
    state["features.0.1.running_var"] = nil
    state["classifier.weight"] = nil
    state["fc.weight"] = Tensor(repeating: 0, shape: [10, 256])
    state["classifier.gain"] = Tensor(repeating: 0, shape: [10])
    // As many numbers in another shape, and fewer.
    state["features.1.0.weight"] = Tensor(repeating: 0, shape: [1, 8, 3, 3])
    state["features.0.1.running_mean"] = Tensor(repeating: 0, shape: [])
    let error = #expect(throws: WeightsError.self) { try network.load(state) }
    #expect(
      error?.description == """
        weights do not fit the network: missing 'classifier.weight', 'features.0.1.running_var'; not in the network \
        'classifier.gain', 'fc.weight'; 'features.0.1.running_mean' has shape [], expected [8], \
        'features.1.0.weight' has shape [1, 8, 3, 3], expected [8, 1, 3, 3]
        """)
    #expect(network.state.mapValues(\.elements) == before)
  }

  @Test func emptyStateMissesEverything() {
    let network = Network(config)
    #expect(throws: WeightsError.mismatch(missing: network.state.keys.sorted(), unused: [], misshapen: [])) {
      try network.load([:])
    }
  }
}
