/// Some examples of a data set of texts.
package struct TextSubset: Sendable {
  package let dataset: TextDataset
  /// Positions in the data set, in the order of evaluation.
  package let indices: [Int]

  /// - Precondition: at least one index, each within the data set.
  package init(of dataset: TextDataset, at indices: [Int]) {
    precondition(!indices.isEmpty, "TextSubset: no example")
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < dataset.count }, "TextSubset: an index is outside 0..<\(dataset.count)")
    self.dataset = dataset
    self.indices = indices
  }

  package var count: Int { indices.count }
}
