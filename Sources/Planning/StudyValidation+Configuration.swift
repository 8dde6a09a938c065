import Pruning
import StudyKit

extension StudyValidation {
  mutating func check(_ recipe: Recipe, owner: String, line: Int?) {
    let fraction = "a fraction from 0 to below 1"
    if recipe.batch < 1 {
      report(line, .outOfRange(owner: owner, field: "batch", value: "\(recipe.batch)", expected: "at least 1 example"))
    }
    switch recipe.optimizer {
    case .sgd(let momentum, let nesterov, let weightDecay, _):
      if !(0..<1).contains(momentum) {
        report(line, .outOfRange(owner: owner, field: "momentum", value: "\(momentum)", expected: fraction))
      } else if nesterov && momentum == 0 {
        report(line, .nesterovWithoutMomentum(owner: owner))
      }
      if !(0..<1).contains(weightDecay) {
        report(line, .outOfRange(owner: owner, field: "weightDecay", value: "\(weightDecay)", expected: fraction))
      }
    }
    switch recipe.learningRate {
    case .cosine(let peak, let warmup):
      if !(peak > 0 && peak.isFinite) {
        report(line, .outOfRange(owner: owner, field: "peak", value: "\(peak)", expected: "a number above 0"))
      }
      check(warmup, "learning-rate warmup", owner: owner, line: line)
    }
    if !(0..<1).contains(recipe.labelSmoothing) {
      report(
        line, .outOfRange(owner: owner, field: "labelSmoothing", value: "\(recipe.labelSmoothing)", expected: fraction))
    }
    if case .cropAndFlip(let padding) = recipe.augmentation, !(0...64).contains(padding) {
      report(line, .outOfRange(owner: owner, field: "padding", value: "\(padding)", expected: "0 to 64 pixels"))
    }
    if !(recipe.budget.cap > 0 && recipe.budget.cap <= 1) {
      report(
        line,
        .outOfRange(owner: owner, field: "cap", value: "\(recipe.budget.cap)", expected: "a fraction above 0, up to 1"))
    }
  }

  private mutating func check(_ stretch: Stretch, _ field: String, owner: String, line: Int?) {
    switch stretch {
    case .epochs(let epochs):
      if !(epochs >= 0 && epochs.isFinite) {
        report(line, .outOfRange(owner: owner, field: field, value: "\(epochs)", expected: "0 epochs or more"))
      }
    case .share(let share):
      if !(0...1).contains(share) {
        report(line, .outOfRange(owner: owner, field: field, value: "\(share)", expected: "a share from 0 to 1"))
      }
    }
  }

  mutating func check(_ profile: StudyKit.Profile) {
    let name = profile.name.rawValue
    let owner = "profile '\(name)'"
    let line = profile.line
    let counts: [(field: String, value: Int?)] = [
      ("epochs", profile.epochs), ("replicates", profile.replicates), ("evaluateEvery", profile.evaluateEvery),
      ("training limit", profile.data.trainingLimit), ("evaluation limit", profile.data.evaluationLimit),
    ]
    for (field, value) in counts {
      guard let value, value < 1 else { continue }
      report(line, .outOfRange(owner: owner, field: field, value: "\(value)", expected: "a whole number from 1"))
    }
    if !(profile.model.width > 0 && profile.model.width <= 8) {
      report(
        line,
        .outOfRange(
          owner: owner, field: "width", value: "\(profile.model.width)", expected: "a number above 0, up to 8"))
    }
    if let recipe = profile.recipe { check(recipe, owner: "the recipe of \(owner)", line: line) }
    let before = faults.count
    check(profile.schedule.warmup, "warmup", owner: owner, line: line)
    check(profile.schedule.ramp, "ramp", owner: owner, line: line)
    guard faults.count == before, profile.epochs >= 1 else { return }
    let warmup = profile.schedule.warmup.epochs(of: profile.epochs)
    let ramp = profile.schedule.ramp.epochs(of: profile.epochs)
    if warmup + ramp >= Double(profile.epochs) {
      report(line, .scheduleTooLong(profile: name, warmup: warmup, ramp: ramp, epochs: profile.epochs))
    }
    if case .cosine(_, let stretch) = study.recipe(for: profile).learningRate,
      case let epochs = stretch.epochs(of: profile.epochs), epochs > Double(profile.epochs)
    {
      report(line, .learningRateWarmupTooLong(profile: name, warmup: epochs, epochs: profile.epochs))
    }
  }

  mutating func check(_ arm: Arm) {
    let isNamedWell =
      !arm.name.isEmpty
      && arm.name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-_".contains(Character($0)))
      }
    if !isNamedWell { report(arm.line, .armName(arm.name)) }
    switch (arm.method, arm.structure) {
    case (.dense, .some): report(arm.line, .denseIsPruned(arm: arm.name))
    case (.dense, nil): break
    case (_, nil): report(arm.line, .structureMissing(arm: arm.name, method: arm.method.config.name))
    case (_, .unstructured(let sparsity)): check(sparsity, of: arm)
    }
    if case .pdp(let temperature) = arm.method { check(temperature, of: arm) }
    guard let profiles = arm.profiles else { return }
    if profiles.isEmpty { report(arm.line, .noProfileOfArm(arm.name)) }
    let declared = study.profiles.map(\.name)
    for profile in profiles where !declared.contains(profile) {
      report(
        arm.line,
        .undeclaredProfile(arm: arm.name, profile: profile.rawValue, declared: declared.map(\.rawValue)))
    }
  }

  private mutating func check(_ sparsity: Double, of arm: Arm) {
    guard (0..<1).contains(sparsity) else {
      return report(arm.line, .sparsity(sparsity, of: "arm '\(printable(arm.name))'"))
    }
    for profile in study.profiles where arm.isPart(of: profile.name) {
      let cap = study.recipe(for: profile).budget.cap
      // A cap that is no fraction is reported with its recipe.
      if cap > 0, sparsity > cap {
        report(
          arm.line,
          .sparsityAboveCap(arm: arm.name, sparsity: sparsity, cap: cap, profile: profile.name.rawValue))
      }
    }
  }

  private mutating func check(_ temperature: Method.Temperature, of arm: Arm) {
    let (field, value) =
      switch temperature {
      case .absolute(let tau): ("temperature", tau)
      case .relative(let kappa): ("relative temperature", kappa)
      }
    if !(value > 0 && value.isFinite) {
      report(
        arm.line,
        .outOfRange(
          owner: "arm '\(printable(arm.name))'", field: field, value: "\(value)", expected: "a number above 0"))
    }
  }
}
