import Autodiff
import Inference
import Kernels
import Networks
import TestSupport
import Testing

@Suite struct InferencePlanTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let architecture: ModelConfig.Architecture
    let stem: ModelConfig.Stem
    let batch: Int
    let choice: KernelChoice
    /// Share of the weights that are pruned.
    let sparsity: Float

    var testDescription: String { "\(architecture.rawValue), \(stem.rawValue), \(batch), \(choice), \(sparsity)" }

    /// A network whose normalisations differ from channel to channel.
    func network() -> Network {
      let network = Network(
        ModelConfig(architecture: architecture, width: 0.25, stem: stem, inputChannels: 3, classes: 10), seed: Seed(3))
      for (path, parameter) in network.parameters {
        switch parameter.role {
        case .normalization:
          let range: ClosedRange<Float> = path.hasSuffix("weight") ? 0.5...1.5 : -0.5...0.5
          parameter.value = Tensor.random(path, parameter.shape, in: range)
        case .weight:
          // Larger than by default, so that differences between inputs reach the scores.
          let chances = Tensor.random("\(path)/chance", parameter.shape, in: 0...1).elements
          let values = zip(parameter.value.elements, chances).map { $1 < sparsity ? 0 : 2 * $0 }
          parameter.value = Tensor(values, shape: parameter.shape)
        default: break
        }
      }
      for (path, statistics) in network.statistics {
        statistics.mean = Tensor.random("\(path)/mean", statistics.mean.shape, in: -0.2...0.2)
        statistics.variance = Tensor.random("\(path)/variance", statistics.variance.shape, in: 0.5...2)
      }
      return network
    }

    var images: Tensor { Tensor.random("images", [batch, 3, stem == .small ? 32 : 64, stem == .small ? 32 : 64]) }
  }

  static let cases: [Case] = ModelConfig.Architecture.allCases.flatMap { architecture in
    [
      Case(architecture: architecture, stem: .imageNet, batch: 1, choice: .measured, sparsity: 0.9),
      Case(architecture: architecture, stem: .imageNet, batch: 3, choice: .sparse, sparsity: 0.8),
      Case(architecture: architecture, stem: .small, batch: 2, choice: .dense, sparsity: 0),
      Case(architecture: architecture, stem: .imageNet, batch: 1, choice: .dense, sparsity: 0.5),
      Case(architecture: architecture, stem: .imageNet, batch: 2, choice: .measured, sparsity: 0.9),
      Case(architecture: architecture, stem: .small, batch: 1, choice: .sparse, sparsity: 0),
    ]
  }

  @Test(arguments: cases)
  func scoresAreThoseOfTheTrainingEngine(_ test: Case) throws {
    let (network, images) = (test.network(), test.images)
    let expected = network(Variable(images), Pass(.evaluation)).value
    let largest = expected.elements.map(abs).max() ?? 0
    try #require(largest > 1e-3 && largest.isFinite)
    let plan = try InferencePlan(network.frozenGraph(), input: images.shape, choice: test.choice)
    let tolerance = Tolerance(absolute: 1e-4 * Double(largest), relative: 1e-4)
    // Twice: a run leaves nothing behind that the next one sees.
    for _ in 0..<2 { expectClose(plan(images), expected, tolerance) }
    let timed = plan.timed(images)
    expectClose(timed.scores, expected, tolerance)
    #expect(timed.seconds.count == plan.layers.count)
    #expect(timed.seconds.allSatisfy { $0 > 0 })
  }

  @Test func everyProductSaysWhatItIsAndWhy() throws {
    let test = Case(architecture: .mobileNetV1, stem: .imageNet, batch: 1, choice: .measured, sparsity: 0.9)
    let network = test.network()
    func layers(_ choice: KernelChoice) throws -> [PlannedLayer] {
      try InferencePlan(network.frozenGraph(), input: test.images.shape, choice: choice).layers
    }
    func products(_ layers: [PlannedLayer]) -> [PlannedLayer] {
      layers.filter { [.sparseProduct, .sparseConvolution, .denseConvolution].contains($0.implementation) }
    }
    let (dense, sparse, measured) = (try layers(.dense), try layers(.sparse), try layers(.measured))
    // The stem, thirteen depthwise and thirteen 1x1 convolutions, and the classifier.
    #expect(products(dense).count == 28)
    #expect(products(dense).allSatisfy { $0.implementation == .denseConvolution && $0.reason == "asked for" })
    #expect(products(sparse).count == 15)
    #expect(products(sparse).allSatisfy { $0.implementation == .sparseProduct && $0.nonzeros < $0.weights / 5 })
    #expect(products(sparse).allSatisfy { $0.multiplications < $0.weights * $0.output[2] * $0.output[3] / 5 })
    #expect(products(measured).allSatisfy { $0.reason.hasPrefix("measured: ") && $0.reason.contains(", oneDNN ") })
    #expect(products(dense).first?.path == "features.0.0")
    #expect(products(dense).last?.path == "classifier")
    // Every copy between layouts is a step of its own, and the dense plan needs none between its convolutions.
    #expect(!sparse.contains { $0.implementation == .layoutChange })
    let copies = dense.filter { $0.implementation == .layoutChange }
    #expect(copies.allSatisfy { $0.path == "features.0.0" })
  }

  @Test func activationsShareMemory() throws {
    let test = Case(architecture: .mobileNetV1, stem: .imageNet, batch: 1, choice: .sparse, sparsity: 0.9)
    let plan = try InferencePlan(test.network().frozenGraph(), input: test.images.shape, choice: .sparse)
    let apart = plan.layers.reduce(0) { $0 + 4 * $1.output.count }
    let largest = plan.layers.map { 4 * $0.output.count }.max() ?? 0
    #expect(plan.activationBytes < apart / 2)
    #expect(plan.activationBytes >= largest)
  }
}
