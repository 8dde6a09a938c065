import Planning

/// Column of small multiples: the arms of one sparsity.
struct FigureColumn {
  /// Nil where there are dense arms only.
  let sparsity: Double?

  var title: String {
    sparsity.map { "\(NumberText.shortest(($0 * 1e6).rounded() / 1e4)) % sparsity" } ?? "not pruned"
  }

  /// Dense arms stand in every column, for comparison.
  func shows(_ arm: Plan.Arm) -> Bool {
    arm.method == Plan.Arm.dense || arm.sparsity == sparsity
  }

  /// Columns for `arms` by rising sparsity.
  static func columns(of arms: [Plan.Arm]) -> [FigureColumn] {
    let sparsities = Set(arms.filter { $0.method != Plan.Arm.dense }.map(\.sparsity)).sorted()
    return sparsities.isEmpty ? [FigureColumn(sparsity: nil)] : sparsities.map { FigureColumn(sparsity: $0) }
  }
}
