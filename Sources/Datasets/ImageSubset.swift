/// Some examples of a data set with the constants that normalise them.
package struct ImageSubset: Sendable {
  package let dataset: ImageDataset
  /// Positions in the data set, in the order of evaluation.
  package let indices: [Int]
  package let normalization: Normalization

  /// - Precondition: at least one index, each within the data set.
  package init(of dataset: ImageDataset, at indices: [Int], normalization: Normalization) {
    precondition(!indices.isEmpty, "ImageSubset: no example")
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < dataset.count }, "ImageSubset: an index is outside 0..<\(dataset.count)")
    precondition(
      normalization.mean.count == dataset.shape.channels,
      "ImageSubset: \(normalization.mean.count) means for \(dataset.shape.channels) channels"
    )
    self.dataset = dataset
    self.indices = indices
    self.normalization = normalization
  }

  package var count: Int { indices.count }
  package var labels: [Int] { indices.map { dataset.labels[$0] } }
}
