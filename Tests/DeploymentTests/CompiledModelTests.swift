import Foundation
import Inference
import Kernels
import Networks
import RunStore
import Testing
import Training

@testable import Deployment

/// Trained networks made ready to be measured.
@Suite struct CompiledModelTests {
  private func images() throws -> DeployedModel {
    let config = ModelConfig(
      architecture: .mobileNetV1, width: 0.125, stem: .small, inputChannels: 1, classes: 3)
    return try model(.images(config), Network(config, seed: Seed(1)).state, ["image-size": "[1,8,8]"])
  }

  /// An encoder of 16 positions.
  private func texts(_ metadata: [String: String] = [:]) throws -> DeployedModel {
    let encoder = BertConfig(
      vocabularySize: 11, hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 12, positions: 16, tokenTypes: 2,
      epsilon: 1e-12, dropout: 0.1)
    let config = BertModelConfig(encoder: encoder, outputs: 3, pooling: .mean)
    let text = TextModelConfig(
      encoder: "made-up", fingerprint: String(repeating: "0", count: 64), isCut: false, lowercases: true,
      network: config)
    return try model(.text(text), BertClassifier(config, seed: Seed(1)).state, metadata)
  }

  private func model(
    _ config: NetworkConfig, _ tensors: [String: Tensor], _ metadata: [String: String]
  ) throws -> DeployedModel {
    let network = String(decoding: try JSONEncoder().encode(config), as: UTF8.self)
    return try DeployedModel(
      SafetensorsFile(tensors: tensors, metadata: metadata.merging(["network": network]) { $1 }), name: "m")
  }

  @Test(arguments: KernelChoice.allCases)
  func imagesAreOfTheNetworksSizeAndEveryLayerHasATime(_ choice: KernelChoice) throws {
    let model = try images()
    let compiled = try model.compiled(batch: 3, choice: choice)
    guard case .images(let plan, let images) = compiled else {
      Issue.record("a network of images was compiled for texts")
      return
    }
    #expect(plan.inputShape == [3, 1, 8, 8] && images.shape == plan.inputShape)
    let seconds = compiled.timed()
    #expect(seconds.count == compiled.layers.count && seconds.allSatisfy { $0 > 0 })
    #expect(compiled.activationBytes > 0)
    let sparse = compiled.layers.contains { [.sparseProduct, .sparseConvolution].contains($0.implementation) }
    if choice != .measured { #expect(sparse == (choice == .sparse)) }
  }

  /// As long as what the network was trained on, and never longer than it has positions.
  @Test(arguments: [(nil, 16), ("5", 5), ("16", 16), ("400", 16)] as [(String?, Int)])
  func textsAreAsLongAsTheLongestThatTheNetworkKnows(longest: String?, length: Int) throws {
    let model = try texts(longest.map { ["longest-text": $0] } ?? [:])
    let compiled = try model.compiled(batch: 2, choice: .sparse)
    guard case .texts(let plan, let tokens) = compiled else {
      Issue.record("a network of texts was compiled for images")
      return
    }
    #expect(plan.batch == 2 && plan.length == length)
    #expect(tokens.batch == 2 && tokens.length == length && tokens.tokens.allSatisfy { (0..<11).contains($0) })
    let seconds = compiled.timed()
    #expect(seconds.count == compiled.layers.count && seconds.allSatisfy { $0 > 0 })
    #expect(compiled.activationBytes > 0)
  }

  @Test func aNetworkThatDoesNotSayWhatItReadsIsRefused() throws {
    let config = ModelConfig(
      architecture: .mobileNetV1, width: 0.125, stem: .small, inputChannels: 1, classes: 3)
    let model = try model(.images(config), Network(config, seed: Seed(1)).state, [:])
    #expect(throws: DeploymentError.unknownInput(name: "m")) { _ = try model.compiled(batch: 1, choice: .dense) }
  }

  /// All plans are timed in the same rounds, and rounds of warming up are not among them.
  @Test func roundsHaveATimeOfEveryPlanAndLayer() throws {
    let plans = [try images().compiled(batch: 1, choice: .dense), try texts().compiled(batch: 1, choice: .dense)]
    let rounds = LatencyRounds(plans, warmup: 2, rounds: 3)
    #expect(rounds.totals.map(\.count) == [3, 3])
    for (index, plan) in plans.enumerated() {
      #expect(rounds.layers[index].map(\.count) == plan.layers.map { _ in 3 })
      for round in 0..<3 {
        let sum = rounds.layers[index].reduce(0) { $0 + $1[round] }
        #expect(abs(sum - rounds.totals[index][round]) < 1e-12)
      }
    }
  }
}
