import Datasets

/// What planning must know of a data set.
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

extension DatasetFacts {
  /// What `manifest` says; the data themselves need not be there.
  ///
  /// - Throws: `DatasetError`, if the manifest divides its examples into nothing or is not of images.
  package init(_ manifest: Manifest) throws(DatasetError) {
    let images = try manifest.images()
    let counts = try manifest.counts()
    self.init(
      name: manifest.name, fingerprint: manifest.fingerprint, channels: images.shape.channels,
      height: images.shape.height, width: images.shape.width, classes: images.classCount,
      trainingExamples: counts.training, evaluationExamples: counts.evaluation)
  }
}

extension Planner {
  /// A planner that knows every data set of images with a manifest in `store`.
  ///
  /// - Throws: `DatasetError` for a folder or manifest that cannot be read.
  package init(store: DatasetStore) throws(DatasetError) {
    var facts: [DatasetFacts] = []
    for name in try store.names() {
      let manifest = try store.manifest(name)
      if manifest.kind == .images { facts.append(try DatasetFacts(manifest)) }
    }
    self.init(datasets: facts)
  }
}
