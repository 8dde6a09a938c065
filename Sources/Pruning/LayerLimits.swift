import Networks

/// What a budget's limits and rules say about one layer.
struct LayerLimits: Equatable {
  /// Fractions.
  var floor: Double
  var cap: Double
  /// The sparsity that a rule fixes; limits have no say then.
  var sparsity: Double?
  /// Patterns of the rules that count.
  var rules: [String] = []

  init(_ budget: Budget, path: String) {
    (floor, cap) = (budget.floor ?? 0, budget.cap)
    for rule in budget.layers ?? [] where PathPattern(rule.pattern).fits(path) {
      switch rule.treatment {
      // The first fixed sparsity settles it.
      case .sparsity(let value):
        (sparsity, rules) = (value, [rule.pattern])
        return
      case .dense: (floor, cap) = (0, 0)
      case .cap(let value): cap = value
      case .floor(let value): floor = value
      }
      rules.append(rule.pattern)
    }
  }

  /// Most of `count` units that may go.
  func most(of count: Int) -> Int { Int((cap * Double(count) + 1e-9).rounded(.down)) }

  /// Fewest of `count` units that go.
  func least(of count: Int) -> Int { min(most(of: count), Int((floor * Double(count) - 1e-9).rounded(.up))) }
}
