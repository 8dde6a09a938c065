extension ImageDataset {
  /// Training and test examples of a replicate, as `config` limits them.
  ///
  /// Both are in file order. The normalisation is computed on all of the replicate's training examples, whatever the
  /// limits, and shared by both.
  ///
  /// - Precondition: `replicate` >= 0.
  /// - Throws: `fingerprintChanged` if the config is for other files, `limitOutOfRange` for a limit that cannot be met.
  /// - Cost: one pass over the training pixels.
  package func split(
    replicate: Int, config: DataConfig
  ) throws(DatasetError) -> (training: ImageSubset, test: ImageSubset) {
    guard config.fingerprint == fingerprint else {
      throw .fingerprintChanged(dataset: name, expected: config.fingerprint, actual: fingerprint)
    }
    let (training, test) = indices(replicate: replicate)
    let normalization = Normalization(of: self, at: training)
    return (
      ImageSubset(
        of: self, at: try limited(training, to: config.trainingLimit, part: "training"), normalization: normalization),
      ImageSubset(
        of: self, at: try limited(test, to: config.evaluationLimit, part: "evaluation"), normalization: normalization)
    )
  }

  /// Positions of a replicate's training and test examples, ascending.
  package func indices(replicate: Int) -> (training: [Int], test: [Int]) {
    precondition(replicate >= 0, "ImageDataset.indices: replicate \(replicate) is negative")
    switch partition {
    case .official(let training, _):
      return (Array(0..<training), Array(training..<count))
    case .stratifiedFolds(_, let folds):
      let ranks = ClassRanks(of: Array(0..<count), labels: labels, classes: classes.count).ranks
      let fold = replicate % folds
      return (
        (0..<count).filter { ranks[$0] % folds != fold },
        (0..<count).filter { ranks[$0] % folds == fold }
      )
    }
  }

  private func limited(_ indices: [Int], to limit: Int?, part: String) throws(DatasetError) -> [Int] {
    guard let limit else { return indices }
    guard limit >= 1, limit <= indices.count else {
      throw .limitOutOfRange(dataset: name, part: part, limit: limit, available: indices.count)
    }
    return ClassRanks(of: indices, labels: labels, classes: classes.count).first(limit)
  }
}
