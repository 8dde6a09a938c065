extension Manifest {
  /// Which examples train and which test.
  package enum Partition: Codable, Equatable, Sendable {
    /// The publisher's own; every replicate sees the same.
    case official(training: Int, test: Int)
    /// `examples` divided into stratified folds: the k-th example of a class, in file order, is in fold k mod `folds`;
    /// replicate r tests on fold r mod `folds` and trains on the others.
    case stratifiedFolds(examples: Int, folds: Int)
  }
}

extension Manifest.Partition {
  /// Of all parts.
  var exampleCount: Int {
    switch self {
    case .official(let training, let test): training + test
    case .stratifiedFolds(let examples, _): examples
    }
  }
}
