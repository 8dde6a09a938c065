import Datasets
import Networks
import Planning
import Training

/// Published numbers for one arm, and whether the arm's runs may be compared with them.
struct Comparison: Sendable {
  /// Numbers for the arm's method at its structure and sparsity, in the order of the study file.
  let published: [Plan.Published]
  /// Those of them that were measured on the same network and data, if the profile is the paper's own scale.
  let comparable: [Plan.Published]

  init(of arm: Plan.Arm, on metric: Plan.Metric = .top1, in data: ReportData) {
    let spec = data.plan.specs[arm.spec]
    published = data.plan.elements.compactMap { element in
      guard case .published(let value) = element, value.shownMetric == metric, Self.isAbout(arm, value) else {
        return nil
      }
      return value
    }
    comparable = published.filter { value in
      guard let spec, spec.profile == .paper, spec.model.isWhole else { return false }
      return Self.letters(value.model) == Self.letters(spec.model.name)
        && Self.isSame(value.dataset, as: spec.data.dataset)
        && spec.data.trainingLimit == nil && spec.data.evaluationLimit == nil
    }
  }

  private static func isAbout(_ arm: Plan.Arm, _ value: Plan.Published) -> Bool {
    guard value.method == arm.method else { return false }
    if arm.method == Plan.Arm.dense { return true }
    return value.structure == arm.structure && abs(value.sparsity - arm.sparsity) < 1e-9
  }

  /// Whether publications call the data set `name` of the catalogue `published`: by its own name, by that without `glue-`,
  /// or ImageNet by the number of its classes.
  private static func isSame(_ published: String, as name: String) -> Bool {
    let own = letters(name)
    return [own, own.hasPrefix("glue") ? String(own.dropFirst(4)) : own, own == "imagenet" ? "imagenet1k" : own]
      .contains(letters(published))
  }

  /// Names are compared by their letters and digits: `MobileNet-v1` is `mobilenet-v1`.
  private static func letters(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
