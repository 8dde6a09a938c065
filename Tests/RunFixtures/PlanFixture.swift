import Datasets
import Foundation
import Networks
import Planning
import Pruning
import Training

/// A small frozen plan for tests of what runs, records and shows plans.
package struct PlanFixture {
  package var id = "plan0001"
  package var slug = "tiny"
  package var question = "Does the tiny study run?"
  package var epochs = 4
  package var replicates = 2
  package var arms = ["dense", "pdp-0.5"]

  package init() {}

  /// Run id of an arm's replicate.
  package func run(_ arm: String, _ replicate: Int) -> String {
    let position = arms.firstIndex(of: arm) ?? -1
    return "\(id.suffix(2))aa\(position)0\(replicate)"
  }

  package func spec(_ arm: String) -> RunSpec {
    let isDense = arm == "dense"
    return RunSpec(
      profile: .smoke,
      data: DataConfig(
        dataset: "fashion-mnist", fingerprint: "f1f1", trainingLimit: 100, evaluationLimit: nil,
        augmentation: Augmentation(cropPadding: 0, flipsHorizontally: false)
      ),
      model: ModelConfig(architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 1, classes: 10),
      training: TrainingConfig(
        epochs: epochs, batchSize: 10,
        optimizer: .sgd(SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)),
        learningRate: .cosine(peak: 0.1, warmupEpochs: 1), labelSmoothing: 0, evaluationInterval: 1
      ),
      pruning: PruningConfig(
        method: isDense ? .dense : .pdp(temperature: .absolute(1e-4)), structure: .unstructured,
        sparsity: isDense ? 0 : 0.5, budget: Budget(rule: .global, cap: 0.98),
        schedule: PruningSchedule(warmupEpochs: 1, rampEpochs: 2), eligibility: .allConvolutionAndLinearWeights
      )
    )
  }

  package func plan() throws -> Plan {
    try JSONDecoder().decode(Plan.self, from: Data(text().utf8))
  }

  /// The plan as a frozen file holds it.
  package func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    var runs: [FrozenPlan.Run] = []
    var specs: [String: RunSpec] = [:]
    var frozenArms: [FrozenPlan.Arm] = []
    for arm in arms {
      let spec = spec(arm)
      specs["spec-\(arm)"] = spec
      let ids = (0..<replicates).map { run(arm, $0) }
      runs += ids.enumerated().map { replicate, id in
        FrozenPlan.Run(id: id, spec: "spec-\(arm)", replicate: replicate, seed: UInt64.max - UInt64(replicate))
      }
      frozenArms.append(
        FrozenPlan.Arm(
          name: arm, method: spec.pruning.method.name, structure: "unstructured", sparsity: spec.pruning.sparsity,
          spec: "spec-\(arm)", runs: ids
        ))
    }
    let plan = FrozenPlan(
      schema: Plan.schema, id: id,
      study: FrozenPlan.StudyInfo(
        slug: slug, title: "A tiny study", question: question, sourcePath: "studies/tiny.swift", sourceDigest: "d1"
      ),
      profile: .smoke, arms: frozenArms, runs: runs, specs: specs,
      elements: [
        .text("Prose."),
        .published(
          FrozenPlan.Published(
            model: "MobileNet-v1", dataset: "ImageNet-1k", method: "pdp", structure: "unstructured", sparsity: 0.5,
            top1: 68.2, source: "Cho et al. 2023", note: ""
          )),
      ]
    )
    return String(decoding: try encoder.encode(plan), as: UTF8.self)
  }
}

/// The wire form of `Plan`, whose memberwise initialisers stay inside its module.
private struct FrozenPlan: Encodable {
  var schema: Int
  var id: String
  var study: StudyInfo
  var profile: Profile
  var arms: [Arm]
  var runs: [Run]
  var specs: [String: RunSpec]
  var elements: [Element]

  struct StudyInfo: Encodable {
    var slug: String
    var title: String
    var question: String
    var sourcePath: String
    var sourceDigest: String
  }

  struct Arm: Encodable {
    var name: String
    var method: String
    var structure: String
    var sparsity: Double
    var spec: String
    var runs: [String]
  }

  struct Run: Encodable {
    var id: String
    var spec: String
    var replicate: Int
    var seed: UInt64
  }

  enum Element: Encodable {
    case text(String)
    case published(Published)
  }

  struct Published: Encodable {
    var model: String
    var dataset: String
    var method: String
    var structure: String
    var sparsity: Double
    var top1: Double
    var source: String
    var note: String
  }
}
