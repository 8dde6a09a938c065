import StudyKit

extension StudyValidation {
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
    if let width = profile.model.width, !(width > 0 && width <= 8) {
      report(line, .outOfRange(owner: owner, field: "width", value: "\(width)", expected: "a number above 0, up to 8"))
    }
    if case .encoder(_, let layers?) = profile.model, layers < 1 {
      report(line, .outOfRange(owner: owner, field: "layers", value: "\(layers)", expected: "a whole number from 1"))
    }
    checkTask(of: profile)
    if let recipe = profile.recipe { check(recipe, owner: "the recipe of \(owner)", line: line) }
    let before = faults.count
    check(profile.schedule, owner: owner, line: line)
    guard faults.count == before, profile.epochs >= 1 else { return }
    checkLengths(profile.schedule, epochs: profile.epochs, profile, owner: owner, line: line)
  }

  mutating func check(_ schedule: Schedule, owner: String, line: Int?) {
    check(schedule.warmup, "warmup", owner: owner, line: line)
    check(schedule.ramp, "ramp", owner: owner, line: line)
  }

  /// Checks that what happens in the course of `epochs` has an end.
  mutating func checkLengths(
    _ schedule: Schedule, epochs: Int, _ profile: StudyKit.Profile, owner: String, line: Int?
  ) {
    let warmup = schedule.warmup.epochs(of: epochs)
    let ramp = schedule.ramp.epochs(of: epochs)
    if warmup + ramp >= Double(epochs) {
      report(line, .scheduleTooLong(owner: owner, warmup: warmup, ramp: ramp, epochs: epochs))
    }
    let rise = study.recipe(for: profile).learningRate.warmup.epochs(of: epochs)
    if rise > Double(epochs) {
      report(line, .learningRateWarmupTooLong(owner: owner, warmup: rise, epochs: epochs))
    }
  }
}
