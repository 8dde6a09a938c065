/// What can be wrong with an optimizer's groups or with the state that it resumes from.
package enum OptimizerError: Error, Equatable, CustomStringConvertible {
  /// No parameter is left for a group.
  case emptyGroup(ParameterGroup.Selection)
  case ungrouped(paths: [String])
  case stateMismatch(missing: [String], unused: [String], misshapen: [String])

  package var description: String {
    switch self {
    case .emptyGroup(let selection):
      "the parameter group of \(words(for: selection)) has no parameter that an earlier group has not; correct or "
        + "remove it"
    case .ungrouped(let paths):
      "no parameter group selects \(quoted(paths)); add a last group of everything"
    case .stateMismatch(let missing, let unused, let misshapen):
      "the state does not fit what it is for: "
        + [
          missing.isEmpty ? nil : "missing \(quoted(missing))",
          unused.isEmpty ? nil : "not known \(quoted(unused))",
          misshapen.isEmpty ? nil : "of another shape \(quoted(misshapen))",
        ].compactMap(\.self).joined(separator: "; ")
    }
  }

  private func words(for selection: ParameterGroup.Selection) -> String {
    switch selection {
    case .everything: "everything"
    case .role(let role): "role '\(role.rawValue)'"
    case .paths(let pattern): "paths '\(pattern)'"
    }
  }

  private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
