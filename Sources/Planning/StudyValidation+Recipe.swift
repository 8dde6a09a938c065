import StudyKit

extension StudyValidation {
  private static let fraction = "a fraction from 0 to below 1"

  mutating func check(_ recipe: Recipe, owner: String, line: Int?) {
    if recipe.batch < 1 {
      report(line, .outOfRange(owner: owner, field: "batch", value: "\(recipe.batch)", expected: "at least 1 example"))
    }
    check(recipe.optimizer, owner: owner, line: line)
    check(recipe.learningRate, owner: owner, line: line)
    expect((0..<1).contains(recipe.labelSmoothing), owner, "labelSmoothing", recipe.labelSmoothing, Self.fraction, line)
    if case .cropAndFlip(let padding) = recipe.augmentation, !(0...64).contains(padding) {
      report(line, .outOfRange(owner: owner, field: "padding", value: "\(padding)", expected: "0 to 64 pixels"))
    }
    check(recipe.budget, owner: owner, line: line)
    if let limit = recipe.gradientNormLimit {
      expect(limit > 0 && limit.isFinite, owner, "gradientNormLimit", limit, "a number above 0", line)
    }
    if let tokens = recipe.tokens {
      let length = tokens.maximumLength
      expect(length >= 3, owner, "maximumLength", length, "at least 3 tokens, two of which are marks", line)
      if let perBatch = tokens.perBatch {
        expect(perBatch >= length, owner, "tokens a batch", perBatch, "at least the longest text of \(length)", line)
      }
    }
    if let decay = recipe.averaging?.decay {
      expect((0..<1).contains(decay), owner, "averaging decay", decay, Self.fraction, line)
    }
  }

  private mutating func check(_ optimizer: Recipe.Optimizer, owner: String, line: Int?) {
    switch optimizer {
    case .sgd(let momentum, let nesterov, let weightDecay, _):
      if !(0..<1).contains(momentum) {
        expect(false, owner, "momentum", momentum, Self.fraction, line)
      } else if nesterov && momentum == 0 {
        report(line, .nesterovWithoutMomentum(owner: owner))
      }
      expect((0..<1).contains(weightDecay), owner, "weightDecay", weightDecay, Self.fraction, line)
    case .adam(let beta1, let beta2, let epsilon, let weightDecay, _),
      .adamW(let beta1, let beta2, let epsilon, let weightDecay, _):
      for (field, value) in [("beta1", beta1), ("beta2", beta2), ("weightDecay", weightDecay)] {
        expect((0..<1).contains(value), owner, field, value, Self.fraction, line)
      }
      expect(epsilon > 0 && epsilon.isFinite, owner, "epsilon", epsilon, "a number above 0", line)
    }
  }

  private mutating func check(_ rate: Recipe.LearningRate, owner: String, line: Int?) {
    expect(rate.peak > 0 && rate.peak.isFinite, owner, "peak", rate.peak, "a number above 0", line)
    check(rate.warmup, "learning-rate warmup", owner: owner, line: line)
    switch rate {
    case .cosine, .linear: break
    case .step(_, _, let milestones, let factor):
      for milestone in milestones { check(milestone, "milestone", owner: owner, line: line) }
      expect(factor > 0 && factor <= 1, owner, "factor", factor, "a fraction above 0, up to 1", line)
    case .polynomial(_, _, let power):
      expect(power > 0 && power.isFinite, owner, "power", power, "a number above 0", line)
    }
  }

  mutating func check(_ budget: Recipe.Budget, owner: String, line: Int?) {
    let cap = "a fraction above 0, up to 1"
    expect(budget.cap > 0 && budget.cap <= 1, owner, "cap", budget.cap, cap, line)
    expect((0..<1).contains(budget.floor), owner, "floor", budget.floor, Self.fraction, line)
    if budget.floor > budget.cap {
      expect(false, owner, "floor", budget.floor, "at most the cap of \(budget.cap)", line)
    }
    for rule in budget.layers {
      if rule.pattern.allSatisfy(\.isWhitespace) {
        report(
          line,
          .outOfRange(
            owner: owner, field: "layer pattern", value: "'\(printable(rule.pattern))'",
            expected: "the name of a weight, in which * stands for any characters"))
      }
      let field = { (name: String) in "\(name) of layer '\(printable(rule.pattern))'" }
      switch rule.treatment {
      case .dense: break
      case .sparsity(let sparsity):
        expect((0..<1).contains(sparsity), owner, field("sparsity"), sparsity, Self.fraction, line)
      case .cap(let value): expect(value > 0 && value <= 1, owner, field("cap"), value, cap, line)
      case .floor(let value): expect((0..<1).contains(value), owner, field("floor"), value, Self.fraction, line)
      }
    }
    let names = study.arms.map(\.name)
    if let source = budget.source, !names.contains(source) {
      report(line, .unknownSource(owner: owner, relation: .budget, source: source, available: names))
    }
  }

  mutating func check(_ stretch: Stretch, _ field: String, owner: String, line: Int?) {
    switch stretch {
    case .epochs(let epochs):
      expect(epochs >= 0 && epochs.isFinite, owner, field, epochs, "0 epochs or more", line)
    case .share(let share):
      expect((0...1).contains(share), owner, field, share, "a share from 0 to 1", line)
    }
  }

  /// Reports `value` as out of range unless `isValid`.
  mutating func expect(
    _ isValid: Bool, _ owner: String, _ field: String, _ value: some CustomStringConvertible, _ expected: String,
    _ line: Int?
  ) {
    guard !isValid else { return }
    report(line, .outOfRange(owner: owner, field: field, value: "\(value)", expected: expected))
  }
}
