import Datasets
import Foundation
import Networks
import Planning
import Pruning
import RunStore
import Training

@testable import Reports

/// A made-up study with the values that a test gives it; everything else follows from formulas.
struct SyntheticStudy {
  /// One arm with the accuracy of each replicate, nil for a replicate that has not succeeded.
  struct Arm {
    var name: String
    var method: MethodConfig
    var sparsity: Double
    var top1: [Double?]
    /// Status of the replicates without accuracy.
    var otherwise = RunStatus.planned
    var structure = Structure.unstructured
    /// Nil for the study's.
    var epochs: Int?
    var policy: LayerPolicy?
    /// Name of the arm whose weights it starts from.
    var start: String?
    var budget = Budget(rule: .global, cap: 0.98)
    var search: KnobSearch?
    /// Results beside or in place of those that follow from the sparsity.
    var results: [String: Double] = [:]
    /// Trainings of a search: knob, sparsity, accuracy.
    var trials: [(knob: Double, sparsity: Double, top1: Double)] = []
  }

  var title = "A synthetic study"
  var profile = Profile.quick
  var arms: [Arm]
  var elements: [Plan.Element] = []
  var layers = 3
  var epochs = 6
  var dataset = "fashion-mnist"
  var width = 0.25
  /// Whether the networks are encoders, whose `layers` are matrices, six to a layer of theirs.
  var readsText = false
  /// Numerics version by run id, 1 for all others.
  var numerics: [String: Int] = [:]

  static func run(_ arm: String, _ replicate: Int) -> String { "\(arm)-r\(replicate)" }

  var data: ReportData { ReportData(plan: plan, runs: arms.flatMap(evidence)) }

  var plan: Plan {
    var specs: [String: RunSpec] = [:]
    for arm in arms { specs["spec-\(arm.name)"] = spec(arm) }
    return Plan(
      id: "p1a2n3",
      study: Plan.StudyInfo(
        slug: "synthetic", title: title, question: "Does PDP keep accuracy?", sourcePath: "studies/synthetic.swift",
        sourceDigest: "s0u1r2c3e4"
      ),
      profile: profile,
      arms: arms.map { arm in
        Plan.Arm(
          name: arm.name, method: arm.method.name, structure: arm.structure.name, sparsity: arm.sparsity,
          spec: "spec-\(arm.name)", runs: arm.top1.indices.map { Self.run(arm.name, $0) }
        )
      },
      runs: arms.flatMap { arm in
        arm.top1.indices.map {
          Plan.Run(id: Self.run(arm.name, $0), spec: "spec-\(arm.name)", replicate: $0, seed: UInt64(100 + $0))
        }
      },
      specs: specs, elements: elements
    )
  }

  private func spec(_ arm: Arm) -> RunSpec {
    RunSpec(
      profile: profile,
      data: DataConfig(
        dataset: dataset, fingerprint: "f1n2g3e4r", trainingLimit: nil, evaluationLimit: nil,
        augmentation: Augmentation(cropPadding: 4, flipsHorizontally: true)
      ),
      model: readsText
        ? Self.encoder
        : .images(
          ModelConfig(architecture: .mobileNetV1, width: width, stem: .small, inputChannels: 1, classes: 10)),
      training: TrainingConfig(
        epochs: arm.epochs ?? epochs, batchSize: 100,
        optimizer: .sgd(SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)),
        learningRate: .cosine(peak: 0.1, warmupEpochs: 1), labelSmoothing: 0, evaluationInterval: 1
      ),
      pruning: PruningConfig(
        method: arm.method, structure: arm.structure, sparsity: arm.sparsity, budget: arm.budget,
        schedule: PruningSchedule(warmupEpochs: 1, rampEpochs: 4), eligibility: .allConvolutionAndLinearWeights,
        policy: arm.policy, search: arm.search
      ),
      start: arm.start.map { "spec-\($0)" }
    )
  }

  private static let encoder = NetworkConfig.text(
    TextModelConfig(
      encoder: "minilm-l6", fingerprint: "e1n2", isCut: false, lowercases: true,
      network: BertModelConfig(
        encoder: BertConfig(
          vocabularySize: 8, hiddenSize: 4, layers: 1, heads: 2, intermediateSize: 8, positions: 16, tokenTypes: 2,
          epsilon: 1e-12, dropout: 0.1), outputs: 2, pooling: .mean)))

  private func evidence(_ arm: Arm) -> [RunEvidence] {
    arm.top1.enumerated().compactMap { replicate, top1 in
      let id = Self.run(arm.name, replicate)
      guard let top1 else {
        return arm.otherwise == .planned ? nil : RunEvidence(id: id, status: arm.otherwise, reason: "out of luck")
      }
      let prunable = 1000.0 * Double(layers)
      let pruned = (arm.sparsity * prunable).rounded()
      return RunEvidence(
        id: id, status: .succeeded, numerics: numerics[id] ?? 1,
        results: [
          "top1": top1, "weights-prunable": prunable, "weights-pruned-requested": pruned,
          "weights-pruned-scheduled": pruned, "weights-pruned-achieved": pruned, "macs-dense": 50_000,
          "macs-nonzero": 50_000 * (1 - arm.sparsity), "parameters": prunable + 100,
          "parameters-nonzero": prunable + 100 - pruned, "training-seconds": 61.5, "peak-memory-bytes": 104_857_600,
        ].merging(arm.results) { $1 },
        attempts: [
          Provenance(
            backend: "local", host: "laptop", threads: 2, commit: "c0ffee", isDirty: replicate == 1,
            binaryDigest: "b1n2", toolchain: "swift 6.3.1", cpu: "a processor",
            libraries: ["zlib": "1.2", "onednn": "2.6"]
          )
        ],
        metrics: metrics(arm, replicate, top1), layers: descriptions, layerPoints: points(arm, replicate)
      )
    }
  }

  private func metrics(_ arm: Arm, _ replicate: Int, _ top1: Double) -> [MetricPoint] {
    trials(arm) + (readsText ? lengths : [])
      + (1...epochs).flatMap { epoch in
        let share = Double(epoch) / Double(epochs)
        let ripple = 0.02 * sin(Double(7 * epoch + 3 * replicate))
        let values = [
          ("loss", "train", 2.3 * (1 - 0.8 * share) + ripple), ("loss", "test", 2.4 * (1 - 0.7 * share) - ripple),
          ("top1", "train", min(1, top1 * share.squareRoot() * 1.1 + ripple)),
          ("top1", "test", epoch == epochs ? top1 : top1 * share.squareRoot() - ripple),
          ("sparsity-scheduled", "train", arm.sparsity * ramp(epoch)),
          ("sparsity-achieved", "train", arm.sparsity * ramp(epoch)),
        ]
        return values.map {
          MetricPoint(name: $0.0, split: $0.1, step: epoch * 80, epoch: Double(epoch), value: $0.2)
        }
      }
  }

  private var lengths: [MetricPoint] {
    [("training-texts", 40), ("test-texts", 4)].flatMap { name, most in
      (3...(30 + epochs)).map { length in
        MetricPoint(
          name: name, split: MetricPoint.lengthsSplit, step: length, epoch: Double(length),
          value: Double(most * length % 37))
      }
    }
  }

  private static let matrices = [
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
  ]

  private func name(ofLayer index: Int) -> String {
    if readsText { return "bert.encoder.layer.\(index / 6).\(Self.matrices[index % 6]).weight" }
    return index == layers - 1 ? "classifier.weight" : "features.\(index / 2).\(3 * (index % 2)).weight"
  }

  private func trials(_ arm: Arm) -> [MetricPoint] {
    arm.trials.enumerated().flatMap { index, trial in
      [("trial-knob", trial.knob), ("trial-sparsity", trial.sparsity), ("trial-top1", trial.top1)].map {
        MetricPoint(name: $0.0, split: MetricPoint.searchSplit, step: index + 1, epoch: 0, value: $0.1)
      }
    }
  }

  private func ramp(_ epoch: Int) -> Double {
    min(1, max(0, (Double(epoch) / Double(epochs) - 0.16) / 0.6))
  }

  private var descriptions: [LayerDescription] {
    (0..<layers).map { index in
      LayerDescription(
        index: index, name: name(ofLayer: index),
        operation: index % 2 == 0 ? "convolution" : "depthwise-convolution", shape: [10, 10, 3, 3], parameters: 1000,
        macs: 10_000, isPrunable: true, reason: ""
      )
    }
  }

  private func points(_ arm: Arm, _ replicate: Int) -> [LayerPoint] {
    let hasThreshold = arm.method.name.hasPrefix("pdp") || arm.method.name.hasPrefix("gmp")
    return (1...epochs).flatMap { epoch in
      (0..<layers).map { index in
        let bend = 1 + 0.1 * sin(Double(index + 2 * arm.method.name.count) + 0.3 * Double(replicate))
        let sparsity = min(0.98, arm.sparsity * ramp(epoch) * bend)
        return LayerPoint(
          index: index, step: epoch * 80, epoch: Double(epoch), nonzero: Int(1000 * (1 - sparsity)), total: 1000,
          threshold: hasThreshold ? 0.02 + 0.1 * sparsity * bend : nil, relativeTemperature: nil, maskFlips: 5,
          weightNorm: 3
        )
      }
    }
  }
}
