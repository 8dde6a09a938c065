import Pruning
import StudyKit

extension Study {
  var arms: [Arm] {
    parts.compactMap { part in
      guard case .arm(let arm) = part else { return nil }
      return arm
    }
  }

  /// The arms of `profile`, in the order of the file.
  func arms(in profile: StudyKit.Profile) -> [Arm] { arms.filter { $0.isPart(of: profile.name) } }

  func recipe(for profile: StudyKit.Profile) -> Recipe { profile.recipe ?? recipe }

  /// How the sparsity of `arm` is shared out at `profile`.
  func budget(of arm: Arm, in profile: StudyKit.Profile) -> Recipe.Budget {
    arm.budget ?? recipe(for: profile).budget
  }

  /// Names of the arms whose runs must be there before those of `arm`.
  func sources(of arm: Arm, in profile: StudyKit.Profile) -> [String] {
    // A dense network has no budget.
    let budgetSource = arm.method == .dense ? nil : budget(of: arm, in: profile).source
    return [arm.start, budgetSource, arm.distillation?.arm].compactMap(\.self)
  }

  /// The arms of `profile`, each behind those that it needs, otherwise in the order of the file.
  ///
  /// A circle, which validation refuses, is cut open somewhere.
  func armsByNeed(in profile: StudyKit.Profile) -> [Arm] {
    let arms = arms(in: profile)
    let byName = Dictionary(arms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = []
    var ordered: [Arm] = []
    func place(_ arm: Arm) {
      guard seen.insert(arm.name).inserted else { return }
      for source in sources(of: arm, in: profile).compactMap({ byName[$0] }) { place(source) }
      ordered.append(arm)
    }
    for arm in arms { place(arm) }
    return ordered
  }
}

extension Arm {
  func isPart(of profile: ProfileName) -> Bool { profiles?.contains(profile) ?? true }

  /// Length of the arm's training at `profile`.
  func epochs(in profile: StudyKit.Profile) -> Int {
    switch epochs {
    case .times(let factor): max(1, Int(clamped: (factor * Double(profile.epochs)).rounded()))
    case nil: profile.epochs
    }
  }

  func schedule(in profile: StudyKit.Profile) -> Schedule { schedule ?? profile.schedule }
}

extension Int {
  /// `value` as an integer, or a bound far beyond any length of training; 0 for NaN.
  fileprivate init(clamped value: Double) {
    self = value.isNaN ? 0 : Int(Swift.min(1e9, Swift.max(-1e9, value)))
  }
}

extension Stretch {
  func epochs(of total: Int) -> Double {
    switch self {
    case .epochs(let epochs): epochs
    case .share(let share): share * Double(total)
    }
  }
}

extension StudyKit.Profile.ModelSize {
  /// Multiplier on channel counts; nil for an encoder.
  var width: Double? {
    switch self {
    case .smallImages(let width), .imageNet(let width): width
    case .encoder: nil
    }
  }
}
