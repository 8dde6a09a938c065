/// What a replicate trains on and what it is evaluated on.
package struct TextSplit: Sendable {
  package let training: TextSubset
  /// At least one; the first is called `test`.
  package let evaluations: [(name: String, subset: TextSubset)]

  package init(training: TextSubset, evaluations: [(name: String, subset: TextSubset)]) {
    precondition(evaluations.first?.name == TextPartition.testName, "TextSplit: the first evaluation is not the test")
    self.training = training
    self.evaluations = evaluations
  }
}
