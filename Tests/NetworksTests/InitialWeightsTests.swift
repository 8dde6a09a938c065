import Autodiff
import Kernels
import Networks
import Testing

@Suite struct InitialWeightsTests {
  private func network(_ seed: UInt64 = 42, classes: Int = 10, stem: ModelConfig.Stem = .small) -> Network {
    Network(
      ModelConfig(architecture: .resNet18, width: 0.125, stem: stem, inputChannels: 3, classes: classes),
      seed: Seed(seed))
  }

  @Test func weightsFillTheirBoundsEvenly() {
    var fanIn = 1
    for (path, parameter) in network().parameters {
      let elements = parameter.value.elements
      if parameter.role == .normalization {
        #expect(elements.allSatisfy { $0 == (path.hasSuffix(".weight") ? 1 : 0) }, "\(path)")
        continue
      }
      // The bias comes right behind its weight and has the same bound.
      if parameter.role == .weight { fanIn = parameter.shape.extents.dropFirst().reduce(1, *) }
      let bound = 1 / Float(fanIn).squareRoot()
      #expect(elements.allSatisfy { abs($0) <= bound }, "\(path)")
      guard elements.count >= 500 else { continue }
      let mean = elements.reduce(0, +) / Float(elements.count)
      let squares = elements.reduce(0) { $0 + $1 * $1 } / Float(elements.count)
      #expect(abs(mean) < 0.1 * bound, "\(path)")
      #expect(abs(squares / (bound * bound / 3) - 1) < 0.15, "\(path)")
      #expect((elements.max() ?? 0) > 0.98 * bound && (elements.min() ?? 0) < -0.98 * bound, "\(path)")
    }
  }

  @Test func runningStatisticsStartAsTheNormalDistributions() {
    for (path, statistics) in network().statistics {
      #expect(statistics.mean.elements.allSatisfy { $0 == 0 }, "\(path)")
      #expect(statistics.variance.elements.allSatisfy { $0 == 1 }, "\(path)")
    }
  }

  /// A parameter's values depend on the seed and its path, not on what is built before it.
  @Test func valuesDoNotDependOnTheOrderOfConstruction() {
    let state = network().state.mapValues(\.elements)
    let other = network(classes: 7, stem: .imageNet).state.mapValues(\.elements)
    #expect(state.keys.sorted() == other.keys.sorted())
    for (path, elements) in state where !path.hasPrefix("fc.") && path != "conv1.weight" {
      #expect(other[path] == elements, "\(path)")
    }
    #expect(other["fc.bias"] == state["fc.bias"].map { Array($0.prefix(7)) })
  }

  @Test func seedsAndPathsGiveDifferentValues() {
    let state = network().state
    #expect(state["layer1.0.conv1.weight"]?.elements != state["layer1.0.conv2.weight"]?.elements)
    #expect(state["conv1.weight"]?.elements != network(43).state["conv1.weight"]?.elements)
    #expect(state["conv1.weight"]?.elements == network().state["conv1.weight"]?.elements)
  }

  /// Computed outside this project: (2 u - 1) / sqrt(fan-in) in double precision, where u is the top 53 bits of
  /// mix(key + (i + 1) 0x9E3779B97F4A7C15) and key is mix(seed ^ mix(FNV-1a("init/" + path))).
  @Test(arguments: [
    ("conv1.weight", [-0.16939798, -0.105623983, -0.111706808]),
    ("layer4.1.conv2.weight", [-0.0368575454, 0.0205339193, -0.0333349258]),
    ("fc.weight", [-0.0844491422, 0.106767967, 0.0211257637]),
    ("fc.bias", [0.0487047769, 0.00113887666, 0.0714013577]),
  ])
  func valuesOfASeedAreThese(path: String, values: [Float]) throws {
    let elements = try #require(network().state[path]).elements
    #expect(Array(elements.prefix(3)) == values)
  }
}
