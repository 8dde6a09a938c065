import Datasets
import Networks
import Pruning
import StudyKit
import Training

/// Everything that the arms of a study have in common at one profile.
struct Resolution {
  private let study: Study
  private let profile: StudyKit.Profile
  private let data: DataConfig
  private let model: NetworkConfig

  init(study: Study, profile: StudyKit.Profile, facts: DatasetFacts, model: NetworkConfig) {
    self.study = study
    self.profile = profile
    self.model = model
    let recipe = study.recipe(for: profile)
    data = DataConfig(
      dataset: facts.name, fingerprint: facts.fingerprint, trainingLimit: profile.data.trainingLimit,
      evaluationLimit: profile.data.evaluationLimit, augmentation: recipe.augmentation.config,
      text: recipe.tokens?.config)
  }

  /// The configuration of each arm, by name, in an order in which the arms that one needs come before it.
  func specs() throws(PlanningError) -> [(arm: Arm, id: String, spec: RunSpec)] {
    var specs: [(arm: Arm, id: String, spec: RunSpec)] = []
    var ids: [String: String] = [:]
    for arm in study.armsByNeed(in: profile) {
      let source = arm.method == .dense ? nil : study.budget(of: arm, in: profile).source
      let spec = RunSpec(
        profile: Profile(profile.name), data: data, model: model, training: training(of: arm),
        pruning: pruning(of: arm), start: arm.start.flatMap { ids[$0] }, budgetSource: source.flatMap { ids[$0] },
        teacher: arm.distillation.flatMap { ids[$0.arm] })
      let id = try spec.id
      ids[arm.name] = id
      specs.append((arm, id, spec))
    }
    return specs
  }

  private func training(of arm: Arm) -> TrainingConfig {
    let recipe = study.recipe(for: profile)
    let epochs = arm.epochs(in: profile)
    return TrainingConfig(
      epochs: epochs, batchSize: recipe.batch, optimizer: recipe.optimizer.config,
      learningRate: recipe.learningRate.config(epochs: epochs), labelSmoothing: recipe.labelSmoothing,
      evaluationInterval: profile.evaluateEvery, gradientNormLimit: recipe.gradientNormLimit,
      averaging: recipe.averaging?.config, distillation: arm.distillation?.config)
  }

  private func pruning(of arm: Arm) -> PruningConfig {
    guard let structure = arm.structure else {
      // A dense network has neither budget nor schedule: fixed values keep its identity when those of others change.
      return PruningConfig(
        method: .dense, structure: .unstructured, sparsity: 0, budget: Budget(rule: .global, cap: 1),
        schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0), eligibility: .allConvolutionAndLinearWeights)
    }
    let epochs = arm.epochs(in: profile)
    let schedule = arm.schedule(in: profile)
    return PruningConfig(
      method: arm.method.config(epochs: epochs), structure: structure.config, sparsity: structure.sparsity,
      budget: study.budget(of: arm, in: profile).config,
      schedule: PruningSchedule(
        warmupEpochs: schedule.warmup.epochs(of: epochs), rampEpochs: schedule.ramp.epochs(of: epochs)),
      eligibility: .allConvolutionAndLinearWeights, policy: study.recipe(for: profile).layers.config,
      search: arm.search.map { KnobSearch(tolerance: $0.tolerance, trials: $0.trials) })
  }
}

extension LearningTask.Architecture {
  var config: ModelConfig.Architecture {
    switch self {
    case .mobileNetV1: .mobileNetV1
    case .mobileNetV2: .mobileNetV2
    case .resNet18: .resNet18
    case .resNet34: .resNet34
    case .resNet50: .resNet50
    }
  }
}
