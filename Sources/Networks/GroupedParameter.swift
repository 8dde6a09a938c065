import Autodiff

/// A parameter with what holds for its updates.
package struct GroupedParameter {
  package let path: String
  package let parameter: Parameter
  package let rateFactor: Double
  package let weightDecay: Double

  /// Every parameter with the first of `groups` that selects it, in the order of `parameters`.
  ///
  /// - Throws: `.emptyGroup` if no parameter is left for a group; `.ungrouped` with all parameters that none selects.
  package static func grouped(
    _ parameters: [(path: String, parameter: Parameter)], by groups: [ParameterGroup]
  ) throws(OptimizerError) -> [GroupedParameter] {
    var counts = groups.map { _ in 0 }
    var grouped: [GroupedParameter] = []
    var ungrouped: [String] = []
    for (path, parameter) in parameters {
      guard let index = groups.firstIndex(where: { $0.selection.contains(path, parameter.role) }) else {
        ungrouped.append(path)
        continue
      }
      counts[index] += 1
      grouped.append(
        GroupedParameter(
          path: path, parameter: parameter, rateFactor: groups[index].rateFactor,
          weightDecay: groups[index].weightDecay))
    }
    if let empty = counts.firstIndex(of: 0) { throw .emptyGroup(groups[empty].selection) }
    guard ungrouped.isEmpty else { throw .ungrouped(paths: ungrouped) }
    return grouped
  }

  /// Every parameter at the full rate, with `weightDecay` where `scope` has it.
  static func ungrouped(
    _ parameters: [(path: String, parameter: Parameter)], weightDecay: Double, scope: DecayScope
  ) -> [GroupedParameter] {
    parameters.map { path, parameter in
      GroupedParameter(
        path: path, parameter: parameter, rateFactor: 1,
        weightDecay: parameter.role == .weight || scope == .allParameters ? weightDecay : 0)
    }
  }
}
