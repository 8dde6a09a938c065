/// Which texts train and which test.
package enum TextPartition: Codable, Equatable, Sendable {
  /// The publisher's own; every replicate sees the same. The first part is called `test`.
  case official(training: Int, evaluations: [Part])
  /// `examples` divided into stratified folds: the k-th example of a class, in file order, is in fold k mod `folds`;
  /// replicate r tests on fold r mod `folds` and trains on the others. All examples with a score are one class.
  case stratifiedFolds(examples: Int, folds: Int)
  /// `examples` of `groups` groups, such as pages, divided into folds that split no group: the largest group first, of
  /// equal ones the one that comes first in the file, each goes to the fold with the fewest examples so far, of equal
  /// ones the first; replicate r tests on fold r mod `folds` and trains on the others.
  case groupFolds(examples: Int, groups: Int, folds: Int)

  /// Examples that a run is evaluated on under one name.
  package struct Part: Codable, Equatable, Sendable {
    package var name: String
    package var examples: Int

    package init(name: String, examples: Int) {
      self.name = name
      self.examples = examples
    }
  }

  /// Of all parts.
  var exampleCount: Int {
    switch self {
    case .official(let training, let evaluations): training + evaluations.reduce(0) { $0 + $1.examples }
    case .stratifiedFolds(let examples, _), .groupFolds(let examples, _, _): examples
    }
  }

  /// What a replicate is evaluated on, in order; in folds, whole examples a fold.
  package var evaluations: [Part] {
    switch self {
    case .official(_, let evaluations): evaluations
    case .stratifiedFolds(let examples, let folds), .groupFolds(let examples, _, let folds):
      [Part(name: Self.testName, examples: examples / folds)]
    }
  }

  /// Name of what a run is first of all evaluated on.
  package static let testName = "test"
}
