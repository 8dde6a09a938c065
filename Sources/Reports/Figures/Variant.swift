import Planning
import Pruning
import Training

/// What the arms of one line in a figure have in common: all but the sparsity.
struct Variant: Equatable, Sendable {
  var method: String
  var structure: String
  /// The method's name and, where a study varies them, the hyperparameters that tell its variants apart.
  var label: String
  var style: SeriesStyle

  /// The variant of each arm of `plan`, in the order of `ReportData.orderedArms`, and each variant once.
  static func all(in data: ReportData) -> (byArm: [String: Variant], ordered: [Variant]) {
    var byArm: [String: Variant] = [:]
    var ordered: [Variant] = []
    let arms = data.orderedArms.map { (arm: $0, settings: Self.settings(of: $0, in: data.plan)) }
    let siblings = Dictionary(grouping: arms, by: \.arm.method).mapValues { $0.map(\.settings) }
    let differing = siblings.mapValues { settings in
      settings[0].indices.filter { index in settings.contains { $0[index] != settings[0][index] } }
    }
    for (arm, settings) in arms {
      let varying = differing[arm.method, default: []].map { settings[$0] }
      let label = ([arm.method] + varying.filter { !$0.isEmpty }).joined(separator: ", ")
      if let known = ordered.first(where: { $0.method == arm.method && $0.label == label }) {
        byArm[arm.name] = known
        continue
      }
      let index = ordered.filter { $0.method == arm.method }.count
      let style = SeriesStyle(method: arm.method, variant: index)
      let variant = Variant(method: arm.method, structure: arm.structure, label: label, style: style)
      ordered.append(variant)
      byArm[arm.name] = variant
    }
    return (byArm, ordered)
  }

  /// What may tell two arms of one method apart besides the sparsity, as printed.
  private static func settings(of arm: Plan.Arm, in plan: Plan) -> [String] {
    guard let spec = plan.specs[arm.spec] else { return [arm.structure] + Array(repeating: "", count: 6) }
    let pruning = spec.pruning
    let temperature =
      switch pruning.method {
      case .pdp(.absolute(let tau), _): "τ = \(NumberText.shortest(tau))"
      case .pdp(.relative(let kappa), _): "τ = \(NumberText.shortest(kappa)) t²"
      default: ""
      }
    return [
      arm.structure,
      temperature,
      "\(pruning.budget.rule.rawValue) budget",
      "cap \(NumberText.shortest(100 * pruning.budget.cap)) %",
      "warm-up \(NumberText.shortest(pruning.schedule.warmupEpochs)) epochs",
      "ramp \(NumberText.shortest(pruning.schedule.rampEpochs)) epochs",
      "\(spec.training.epochs) epochs",
    ]
  }
}
