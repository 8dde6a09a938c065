import Kernels
import Pruning
import StudyKit

extension StudyValidation {
  mutating func check(_ arm: Arm) {
    let isNamedWell =
      !arm.name.isEmpty
      && arm.name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-_".contains(Character($0)))
      }
    if !isNamedWell { report(arm.line, .armName(arm.name)) }
    switch (arm.method, arm.structure) {
    case (.dense, let structure): checkDense(arm, hasStructure: structure != nil)
    case (_, nil): report(arm.line, .structureMissing(arm: arm.name, method: arm.method.name))
    case (_, let structure?): check(structure, of: arm)
    }
    checkCourse(of: arm)
    if let budget = arm.budget { check(budget, owner: owner(arm), line: arm.line) }
    if let search = arm.search { check(search, of: arm) }
    checkTask(of: arm)
    guard let profiles = arm.profiles else { return }
    if profiles.isEmpty { report(arm.line, .noProfileOfArm(arm.name)) }
    let declared = study.profiles.map(\.name)
    for profile in profiles where !declared.contains(profile) {
      report(
        arm.line,
        .undeclaredProfile(arm: arm.name, profile: profile.rawValue, declared: declared.map(\.rawValue)))
    }
  }

  func owner(_ arm: Arm) -> String { "arm '\(printable(arm.name))'" }

  private mutating func checkDense(_ arm: Arm, hasStructure: Bool) {
    if hasStructure { report(arm.line, .denseIsPruned(arm: arm.name)) }
    let settings = [("schedule", arm.schedule != nil), ("budget", arm.budget != nil), ("search", arm.search != nil)]
    for (setting, isThere) in settings where isThere {
      report(arm.line, .denseHasSetting(arm: arm.name, setting: setting))
    }
  }

  private mutating func check(_ structure: StudyKit.Structure, of arm: Arm) {
    let before = faults.count
    check(structure, owner: owner(arm), line: arm.line)
    if !arm.method.structures.contains(structure.kind) {
      report(
        arm.line,
        .structureOfMethod(
          arm: arm.name, method: arm.method.name, structure: structure.kind.rawValue,
          expected: arm.method.structures.map(\.example)))
    }
    guard faults.count == before else { return }
    for profile in study.profiles where arm.isPart(of: profile.name) {
      let budget = study.budget(of: arm, in: profile)
      let name = profile.name.rawValue
      // A cap or floor that is no fraction is reported with its recipe.
      if budget.cap > 0, structure.sparsity > budget.cap {
        report(
          arm.line,
          .sparsityAboveCap(arm: arm.name, sparsity: structure.sparsity, cap: budget.cap, profile: name))
      }
      if budget.floor < 1, structure.sparsity < budget.floor {
        report(
          arm.line,
          .sparsityBelowFloor(arm: arm.name, sparsity: structure.sparsity, floor: budget.floor, profile: name))
      }
      if budget.rule == .erk, structure.prunesChannels {
        report(arm.line, .erkOfChannels(arm: arm.name, profile: name))
      }
      if let decider = arm.deciderOfShares, !budget.shareSettings.isEmpty {
        report(
          arm.line,
          .budgetWithoutSay(arm: arm.name, settings: budget.shareSettings, decider: decider, profile: name))
      }
    }
  }

  mutating func check(_ structure: StudyKit.Structure, owner: String, line: Int?) {
    switch structure {
    case .unstructured(let sparsity): check(sparsity: sparsity, owner: owner, line: line)
    case .groups(let kept, let size):
      expect(
        kept >= 1 && kept < size, owner, "groups", "\(kept):\(size)",
        "N:M with N from 1 to below M; N weights stay of every M", line)
      expect(
        size <= GroupBorders.largestSize, owner, "groups", "\(kept):\(size)",
        "at most \(GroupBorders.largestSize) weights a group", line)
    case .blocks(let size, let sparsity):
      expect(size >= 2, owner, "block size", size, "at least 2 channels", line)
      check(sparsity: sparsity, owner: owner, line: line)
    case .channels(let sparsity, let minimum, let multiple):
      check(sparsity: sparsity, owner: owner, line: line)
      expect(minimum >= 1, owner, "channel minimum", minimum, "at least 1 channel", line)
      expect(multiple >= 1, owner, "channel multiple", multiple, "a whole number from 1", line)
    }
  }

  private mutating func check(sparsity: Double, owner: String, line: Int?) {
    if !(0..<1).contains(sparsity) { report(line, .sparsity(sparsity, of: owner)) }
  }

  /// Checks the arm's method, length and schedule, and whether they go together at its profiles.
  private mutating func checkCourse(of arm: Arm) {
    let before = faults.count
    check(arm.method, of: arm)
    if case .times(let factor) = arm.epochs {
      let range = "a number above 0, up to 1000"
      expect(factor > 0 && factor <= 1000, owner(arm), "epochs factor", factor, range, arm.line)
    }
    if let schedule = arm.schedule { check(schedule, owner: owner(arm), line: arm.line) }
    guard faults.count == before else { return }
    for profile in study.profiles where arm.isPart(of: profile.name) && profile.epochs >= 1 {
      let epochs = arm.epochs(in: profile)
      if case .iterativeMagnitude(_, let rewind) = arm.method, case let place = rewind.epochs(of: epochs),
        place >= Double(epochs)
      {
        report(
          arm.line, .rewindTooLate(arm: arm.name, profile: profile.name.rawValue, rewind: place, epochs: epochs))
      }
      // What only the profile decides is checked with it.
      guard arm.epochs != nil || arm.schedule != nil else { continue }
      checkLengths(
        arm.method == .dense ? .none : arm.schedule(in: profile), epochs: epochs, profile,
        owner: "\(owner(arm)) at profile '\(profile.name.rawValue)'", line: arm.line)
    }
  }

  private mutating func check(_ search: Search, of arm: Arm) {
    let config = arm.method.config(epochs: 1)
    if arm.method != .dense, !config.isEmergent {
      report(arm.line, .searchOfTarget(arm: arm.name, method: config.name))
    }
    expect(
      search.tolerance > 0 && search.tolerance < 1, owner(arm), "search tolerance", search.tolerance,
      "a fraction above 0, below 1", arm.line)
    expect(search.trials >= 1, owner(arm), "search trials", search.trials, "at least 1 training", arm.line)
  }
}

extension Arm {
  /// Who decides what each layer loses where no budget does, as the beginning of a clause.
  fileprivate var deciderOfShares: String? {
    let config = method.config(epochs: 1)
    if structure?.kind == .groups { return "the N:M pattern says" }
    return config.isEmergent ? "training decides with method '\(config.name)'" : nil
  }
}

extension Recipe.Budget {
  /// What is said about the layers' shares besides the rule and the cap; layers left dense are none of it.
  fileprivate var shareSettings: [String] {
    var settings: [String] = []
    if floor > 0 { settings.append("a floor of \(floor) a layer") }
    if case .global(isNormalized: true) = rule { settings.append("a normalised ranking") }
    for layer in layers {
      let treatment: String? =
        switch layer.treatment {
        case .dense: nil
        case .sparsity(let value): "a sparsity of \(value)"
        case .cap(let value): "a cap of \(value)"
        case .floor(let value): "a floor of \(value)"
        }
      if let treatment { settings.append("\(treatment) for layers '\(printable(layer.pattern))'") }
    }
    return settings
  }
}

extension Schedule {
  /// That of a network that is not pruned.
  fileprivate static let none = Schedule(warmup: .epochs(0), ramp: .epochs(0))
}
