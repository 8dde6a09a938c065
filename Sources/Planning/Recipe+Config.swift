import Datasets
import Networks
import Pruning
import StudyKit
import Training

extension Recipe.Augmentation {
  var config: Datasets.Augmentation {
    switch self {
    case .unchanged: Datasets.Augmentation(cropPadding: 0, flipsHorizontally: false)
    case .cropAndFlip(let padding): Datasets.Augmentation(cropPadding: padding, flipsHorizontally: true)
    }
  }
}

extension Recipe.Optimizer {
  var config: OptimizerConfig {
    switch self {
    case .sgd(let momentum, let nesterov, let weightDecay, let scope):
      .sgd(SGDConfig(momentum: momentum, nesterov: nesterov, weightDecay: weightDecay, decayScope: scope.config))
    case .adam(let beta1, let beta2, let epsilon, let weightDecay, let scope):
      .adam(
        AdamConfig(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decayScope: scope.config))
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay, let scope):
      .adamW(
        AdamConfig(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decayScope: scope.config))
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
  var peak: Double {
    switch self {
    case .cosine(let peak, _), .linear(let peak, _), .step(let peak, _, _, _), .polynomial(let peak, _, _): peak
    }
  }

  var warmup: Stretch {
    switch self {
    case .cosine(_, let warmup), .linear(_, let warmup), .step(_, let warmup, _, _), .polynomial(_, let warmup, _):
      warmup
    }
  }

  /// The rate over a training of `epochs`.
  func config(epochs: Int) -> LearningRateConfig {
    let warmup = warmup.epochs(of: epochs)
    return switch self {
    case .cosine: .cosine(peak: peak, warmupEpochs: warmup)
    case .linear: .linear(peak: peak, warmupEpochs: warmup)
    case .step(_, _, let milestones, let factor):
      .step(
        peak: peak, warmupEpochs: warmup, milestoneEpochs: milestones.map { $0.epochs(of: epochs) }, factor: factor)
    case .polynomial(_, _, let power): .polynomial(peak: peak, warmupEpochs: warmup, power: power)
    }
  }
}

extension Recipe.Tokens {
  var config: TextEncoding { TextEncoding(maximumLength: maximumLength, tokensPerBatch: perBatch) }
}

extension StudyKit.Distillation {
  var config: DistillationConfig {
    DistillationConfig(taskWeight: task, teacherWeight: teacher, temperature: temperature)
  }
}

extension Averaging {
  var config: AveragingConfig { AveragingConfig(decay: decay, warmsUp: warmsUp) }
}

extension StudyKit.LayerPolicy {
  /// Nil if every layer is pruned, which is what a configuration without a policy means.
  var config: Pruning.LayerPolicy? {
    guard self != .everyLayer else { return nil }
    return Pruning.LayerPolicy(
      prunesStem: stem == .pruned, prunesDepthwise: depthwise == .pruned, prunesClassifier: classifier == .pruned)
  }
}

extension Recipe.Budget {
  /// Name of the arm whose shares are taken over; nil for another rule.
  var source: String? {
    guard case .transferred(let arm) = rule else { return nil }
    return arm
  }

  /// The budget as the engine knows it; what has no effect stays nil, so that equal budgets have equal texts.
  var config: Budget {
    let (rule, isNormalized): (Pruning.Budget.Rule, Bool) =
      switch rule {
      case .global(let isNormalized): (.global, isNormalized)
      case .uniform: (.uniform, false)
      case .erk: (.erk, false)
      case .transferred: (.transferred, false)
      }
    return Budget(
      rule: rule, cap: cap, floor: floor == 0 ? nil : floor, layers: layers.isEmpty ? nil : layers.map(\.config),
      isNormalized: isNormalized ? true : nil)
  }
}

extension Recipe.Budget.LayerRule {
  fileprivate var config: LayerRule {
    switch treatment {
    case .dense: LayerRule(pattern, .dense)
    case .sparsity(let sparsity): LayerRule(pattern, .sparsity(sparsity))
    case .cap(let cap): LayerRule(pattern, .cap(cap))
    case .floor(let floor): LayerRule(pattern, .floor(floor))
    }
  }
}
