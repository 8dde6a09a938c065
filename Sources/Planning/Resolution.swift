import Datasets
import Networks
import Pruning
import StudyKit
import Training

/// Everything that the arms of a study have in common at one profile.
struct Resolution {
  private let profile: Profile
  private let data: DataConfig
  private let model: ModelConfig
  private let training: TrainingConfig
  private let budget: Budget
  private let schedule: PruningSchedule

  init(study: Study, profile: StudyKit.Profile, facts: DatasetFacts) {
    let recipe = study.recipe(for: profile)
    self.profile = Profile(profile.name)
    data = DataConfig(
      dataset: facts.name, fingerprint: facts.fingerprint, trainingLimit: profile.data.trainingLimit,
      evaluationLimit: profile.data.evaluationLimit, augmentation: recipe.augmentation.config)
    model = ModelConfig(
      architecture: study.task.architecture, width: profile.model.width, stem: profile.model.stem,
      inputChannels: facts.channels, classes: facts.classes)
    training = TrainingConfig(
      epochs: profile.epochs, batchSize: recipe.batch, optimizer: recipe.optimizer.config,
      learningRate: recipe.learningRate.config(epochs: profile.epochs), labelSmoothing: recipe.labelSmoothing,
      evaluationInterval: profile.evaluateEvery)
    budget = recipe.budget.config
    schedule = PruningSchedule(
      warmupEpochs: profile.schedule.warmup.epochs(of: profile.epochs),
      rampEpochs: profile.schedule.ramp.epochs(of: profile.epochs))
  }

  func spec(of arm: Arm) -> RunSpec {
    RunSpec(profile: profile, data: data, model: model, training: training, pruning: pruning(of: arm))
  }

  private func pruning(of arm: Arm) -> PruningConfig {
    guard case .unstructured(let sparsity) = arm.structure else {
      // A dense network has neither budget nor schedule: fixed values keep its identity when those of others change.
      return PruningConfig(
        method: arm.method.config, structure: .unstructured, sparsity: 0, budget: Budget(rule: .global, cap: 1),
        schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0), eligibility: .allConvolutionAndLinearWeights)
    }
    return PruningConfig(
      method: arm.method.config, structure: .unstructured, sparsity: sparsity, budget: budget, schedule: schedule,
      eligibility: .allConvolutionAndLinearWeights)
  }
}

extension LearningTask {
  fileprivate var architecture: ModelConfig.Architecture {
    switch self {
    case .imageClassification(.mobileNetV1): .mobileNetV1
    case .imageClassification(.resNet18): .resNet18
    }
  }
}

extension StudyKit.Profile.ModelSize {
  fileprivate var stem: ModelConfig.Stem {
    switch self {
    case .smallImages: .small
    case .imageNet: .imageNet
    }
  }
}

extension Recipe.Augmentation {
  fileprivate var config: Datasets.Augmentation {
    switch self {
    case .unchanged: Datasets.Augmentation(cropPadding: 0, flipsHorizontally: false)
    case .cropAndFlip(let padding): Datasets.Augmentation(cropPadding: padding, flipsHorizontally: true)
    }
  }
}

extension Recipe.Optimizer {
  fileprivate var config: OptimizerConfig {
    switch self {
    case .sgd(let momentum, let nesterov, let weightDecay, let scope):
      .sgd(SGDConfig(momentum: momentum, nesterov: nesterov, weightDecay: weightDecay, decayScope: scope.config))
    }
  }
}

extension Recipe.DecayScope {
  fileprivate var config: DecayScope {
    switch self {
    case .allParameters: .allParameters
    case .weightsOnly: .weightsOnly
    }
  }
}

extension Recipe.LearningRate {
  fileprivate func config(epochs: Int) -> LearningRateConfig {
    switch self {
    case .cosine(let peak, let warmup): .cosine(peak: peak, warmupEpochs: warmup.epochs(of: epochs))
    }
  }
}
