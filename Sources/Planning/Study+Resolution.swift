import Pruning
import StudyKit

extension Study {
  var arms: [Arm] {
    parts.compactMap { part in
      guard case .arm(let arm) = part else { return nil }
      return arm
    }
  }

  func recipe(for profile: StudyKit.Profile) -> Recipe { profile.recipe ?? recipe }
}

extension Arm {
  func isPart(of profile: ProfileName) -> Bool { profiles?.contains(profile) ?? true }
}

extension Stretch {
  func epochs(of total: Int) -> Double {
    switch self {
    case .epochs(let epochs): epochs
    case .share(let share): share * Double(total)
    }
  }
}

extension Recipe.Budget {
  var cap: Double {
    switch self {
    case .global(let cap), .uniform(let cap): cap
    }
  }

  var config: Budget {
    switch self {
    case .global(let cap): Budget(rule: .global, cap: cap)
    case .uniform(let cap): Budget(rule: .uniform, cap: cap)
    }
  }
}

extension StudyKit.Profile.ModelSize {
  var width: Double {
    switch self {
    case .smallImages(let width), .imageNet(let width): width
    }
  }
}

extension Method {
  var config: MethodConfig {
    switch self {
    case .dense: .dense
    case .pdp(.absolute(let tau)): .pdp(temperature: .absolute(tau))
    case .pdp(.relative(let kappa)): .pdp(temperature: .relative(kappa))
    case .gmp: .gmp(storage: .shadow)
    case .gmpNested: .gmp(storage: .projected)
    case .oneShot: .oneShot
    case .random: .random
    }
  }
}
