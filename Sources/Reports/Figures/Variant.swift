import Planning

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
    let arms = data.orderedArms.map { (arm: $0, settings: VariantSettings(of: $0, in: data.plan).texts) }
    let siblings = Dictionary(grouping: arms, by: \.arm.method).mapValues { $0.map(\.settings) }
    let differing = siblings.mapValues { settings in
      settings[0].indices.filter { index in
        settings.contains { !$0.indices.contains(index) || $0[index] != settings[0][index] }
      }
    }
    for (arm, settings) in arms {
      let varying = differing[arm.method, default: []].filter(settings.indices.contains).map { settings[$0] }
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
}
