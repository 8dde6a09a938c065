import Datasets
import Kernels
import Networks
import Planning
import Pruning
import Training

/// A small frozen plan for tests of what runs, records and shows plans.
package struct PlanFixture {
  package var slug = "tiny"
  package var question = "Does the tiny study run?"
  package var epochs = 4
  package var seed: UInt64 = 7
  package var replicates = 2
  package var arms = ["dense", "pdp-0.5"]
  /// Arm to the one, before it in `arms`, whose weights it starts from.
  package var starts: [String: String] = [:]

  package init() {}

  package func spec(_ arm: String) throws -> RunSpec {
    let isDense = arm == "dense"
    let start = try starts[arm].map { try spec($0).id }
    return RunSpec(
      profile: .smoke,
      data: DataConfig(
        dataset: "fashion-mnist", fingerprint: "f1f1", trainingLimit: 100, evaluationLimit: nil,
        augmentation: Augmentation(cropPadding: 0, flipsHorizontally: false)
      ),
      model: .images(
        ModelConfig(architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 1, classes: 10)),
      training: TrainingConfig(
        epochs: epochs, batchSize: 10,
        optimizer: .sgd(SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)),
        learningRate: .cosine(peak: 0.1, warmupEpochs: 1), labelSmoothing: 0, evaluationInterval: 1
      ),
      pruning: PruningConfig(
        method: isDense ? .dense : .pdp(temperature: .absolute(1e-4)), structure: .unstructured,
        sparsity: isDense ? 0 : 0.5, budget: Budget(rule: .global, cap: 0.98),
        schedule: PruningSchedule(warmupEpochs: 1, rampEpochs: 2), eligibility: .allConvolutionAndLinearWeights
      ),
      start: start
    )
  }

  package func plan() throws -> Plan {
    var runs: [Plan.Run] = []
    var specs: [String: RunSpec] = [:]
    var planned: [Plan.Arm] = []
    for arm in arms {
      let spec = try spec(arm)
      let id = try spec.id
      specs[id] = spec
      let own = try (0..<replicates).map { replicate in
        Plan.Run(
          spec: id, replicate: replicate, studySeed: Seed(seed),
          needs: try starts[arm].map { [try run($0, replicate)] }, numerics: 1)
      }
      runs += own
      planned.append(
        Plan.Arm(
          name: arm, method: spec.pruning.method.name, structure: spec.pruning.structure.name,
          sparsity: spec.pruning.sparsity,
          spec: id, runs: own.map(\.id)
        ))
    }
    var plan = Plan(
      id: "",
      study: Plan.StudyInfo(
        slug: slug, title: "A tiny study", question: question, sourcePath: "studies/tiny.swift", sourceDigest: "d1"
      ),
      profile: .smoke, arms: planned, runs: runs, specs: specs,
      elements: [
        .text("Prose."),
        .published(
          Plan.Published(
            model: "MobileNet-v1", dataset: "ImageNet-1k", method: "pdp", structure: "unstructured", sparsity: 0.5,
            value: 68.2, source: "Cho et al. 2023", note: ""
          )),
      ]
    )
    plan.id = try plan.contentID
    return plan
  }

  /// Run id of an arm's replicate.
  package func run(_ arm: String, _ replicate: Int) throws -> String {
    Plan.Run(spec: try spec(arm).id, replicate: replicate, studySeed: Seed(seed), numerics: 1).id
  }
}
