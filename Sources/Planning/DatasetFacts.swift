/// What planning must know of a data set; read from its manifest by the caller.
package struct DatasetFacts: Equatable, Sendable {
  /// Name in the catalogue, such as `cifar10-10k`.
  package var name: String
  /// SHA-256 over the digests of the data set's files.
  package var fingerprint: String
  package var channels: Int
  package var height: Int
  package var width: Int
  package var classes: Int
  /// Examples that one replicate trains on.
  package var trainingExamples: Int
  /// Examples that one replicate is evaluated on.
  package var evaluationExamples: Int

  package init(
    name: String, fingerprint: String, channels: Int, height: Int, width: Int, classes: Int, trainingExamples: Int,
    evaluationExamples: Int
  ) {
    self.name = name
    self.fingerprint = fingerprint
    self.channels = channels
    self.height = height
    self.width = width
    self.classes = classes
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
  }
}
