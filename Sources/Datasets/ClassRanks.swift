/// Examples with their places within their classes: what folds and limits are cut by.
struct ClassRanks {
  private let indices: [Int]
  private let labels: [Int]
  /// For each index, how many before it have its label.
  let ranks: [Int]

  /// Ranks of the examples at `indices`, whose labels are in 0..<`classes`.
  init(of indices: [Int], labels: [Int], classes: Int) {
    self.indices = indices
    self.labels = labels
    var seen = [Int](repeating: 0, count: classes)
    ranks = indices.map { index in
      defer { seen[labels[index]] += 1 }
      return seen[labels[index]]
    }
  }

  /// The first `limit` indices by (rank within the class, class), ascending: the first examples of each class, as even
  /// over the classes as can be.
  func first(_ limit: Int) -> [Int] {
    let byRank = indices.indices.sorted { (ranks[$0], labels[indices[$0]]) < (ranks[$1], labels[indices[$1]]) }
    return byRank.prefix(limit).map { indices[$0] }.sorted()
  }
}
