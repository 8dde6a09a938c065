/// Data of a run, fully resolved.
package struct DataConfig: Codable, Equatable, Sendable {
  /// Name in the catalogue, such as `cifar10-10k`.
  package var dataset: String
  /// SHA-256 over the digests of the data set's files, from its manifest.
  package var fingerprint: String
  /// How many training examples a run sees, the first of each class in file order; nil for all.
  package var trainingLimit: Int?
  /// Likewise for the examples that it is evaluated on.
  package var evaluationLimit: Int?
  package var augmentation: Augmentation
  /// How texts become tokens; nil for images.
  package var text: TextEncoding?

  package init(
    dataset: String, fingerprint: String, trainingLimit: Int?, evaluationLimit: Int?, augmentation: Augmentation,
    text: TextEncoding? = nil
  ) {
    self.dataset = dataset
    self.fingerprint = fingerprint
    self.trainingLimit = trainingLimit
    self.evaluationLimit = evaluationLimit
    self.augmentation = augmentation
    self.text = text
  }
}

/// Random changes to training images.
package struct Augmentation: Codable, Equatable, Sendable {
  /// Zero pixels added on each side before a random crop back to the image's size; 0 for no crop.
  package var cropPadding: Int
  /// Whether an image is mirrored left to right with probability one half.
  package var flipsHorizontally: Bool

  package init(cropPadding: Int, flipsHorizontally: Bool) {
    self.cropPadding = cropPadding
    self.flipsHorizontally = flipsHorizontally
  }
}
