import Autodiff

/// Parameters that are updated alike: their rate factor and weight decay.
///
/// Groups stand in a list, and a parameter belongs to the first that selects it.
package struct ParameterGroup: Codable, Equatable, Sendable {
  package enum Selection: Codable, Equatable, Sendable {
    case everything
    case role(Role)
    /// Paths that fit a pattern, in which `*` stands for any characters, dots included: `layer4.*`.
    case paths(matching: String)
  }

  /// What a parameter is there for, as in `Parameter.Role`.
  package enum Role: String, Codable, Sendable, CaseIterable {
    case weight
    case embedding
    case bias
    case normalization
  }

  package var selection: Selection
  /// Multiplier on the learning rate.
  package var rateFactor: Double
  /// In place of the optimizer's own, whatever its scope.
  package var weightDecay: Double

  package init(_ selection: Selection, rateFactor: Double, weightDecay: Double) {
    self.selection = selection
    self.rateFactor = rateFactor
    self.weightDecay = weightDecay
  }
}

extension ParameterGroup.Selection {
  func contains(_ path: String, _ role: Parameter.Role) -> Bool {
    switch self {
    case .everything: true
    case .role(.weight): role == .weight
    case .role(.embedding): role == .embedding
    case .role(.bias): role == .bias
    case .role(.normalization): role == .normalization
    case .paths(let pattern): PathPattern(pattern).fits(path)
    }
  }
}
