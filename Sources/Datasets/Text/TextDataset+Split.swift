extension TextDataset {
  /// Training and evaluation examples of a replicate, as `config` limits them.
  ///
  /// Each subset is in file order. The evaluation limit holds for every part by itself.
  ///
  /// - Precondition: `replicate` >= 0.
  /// - Throws: `fingerprintChanged` if the config is for other files, `limitOutOfRange` for a limit that cannot be met.
  package func split(replicate: Int, config: DataConfig) throws(DatasetError) -> TextSplit {
    guard config.fingerprint == fingerprint else {
      throw .fingerprintChanged(dataset: name, expected: config.fingerprint, actual: fingerprint)
    }
    let (training, evaluations) = indices(replicate: replicate)
    var subsets: [(name: String, subset: TextSubset)] = []
    for (part, positions) in evaluations {
      subsets.append((part, try limited(positions, to: config.evaluationLimit, part: "evaluation")))
    }
    return TextSplit(
      training: try limited(training, to: config.trainingLimit, part: "training"), evaluations: subsets)
  }

  /// Positions of a replicate's training and evaluation examples, ascending.
  package func indices(replicate: Int) -> (training: [Int], evaluations: [(name: String, indices: [Int])]) {
    precondition(replicate >= 0, "TextDataset.indices: replicate \(replicate) is negative")
    switch partition {
    case .official(let training, let parts):
      var evaluations: [(name: String, indices: [Int])] = []
      var start = training
      for part in parts {
        evaluations.append((part.name, Array(start..<start + part.examples)))
        start += part.examples
      }
      return (Array(0..<training), evaluations)
    case .stratifiedFolds(_, let folds):
      let ranks = ClassRanks(of: Array(0..<count), labels: labels, classes: task.outputs).ranks
      return divided(ranks.map { $0 % folds }, testing: replicate % folds)
    case .groupFolds(_, let count, let folds):
      let fold = Self.folds(ofGroups: groups, count: count, folds: folds)
      return divided(groups.map { fold[$0] }, testing: replicate % folds)
    }
  }

  /// Fold of every group, by the rule of `TextPartition.groupFolds`.
  static func folds(ofGroups groups: [Int], count: Int, folds: Int) -> [Int] {
    var sizes = [Int](repeating: 0, count: count)
    for group in groups { sizes[group] += 1 }
    var filled = [Int](repeating: 0, count: folds)
    var result = [Int](repeating: 0, count: count)
    for group in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
      let fold = filled.indices.min { (filled[$0], $0) < (filled[$1], $1) } ?? 0
      result[group] = fold
      filled[fold] += sizes[group]
    }
    return result
  }

  private var labels: [Int] { examples.map(\.label) }

  private func divided(
    _ folds: [Int], testing fold: Int
  ) -> (training: [Int], evaluations: [(name: String, indices: [Int])]) {
    let test = folds.indices.filter { folds[$0] == fold }
    return (folds.indices.filter { folds[$0] != fold }, [(TextPartition.testName, test)])
  }

  private func limited(_ indices: [Int], to limit: Int?, part: String) throws(DatasetError) -> TextSubset {
    guard let limit else { return TextSubset(of: self, at: indices) }
    guard limit >= 1, limit <= indices.count else {
      throw .limitOutOfRange(dataset: name, part: part, limit: limit, available: indices.count)
    }
    let ranks = ClassRanks(of: indices, labels: labels, classes: task.outputs)
    return TextSubset(of: self, at: ranks.first(limit))
  }
}
