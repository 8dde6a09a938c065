/// Labelled images of one size, all in memory as bytes.
///
/// - Shapes: `pixels` [N, C, H, W], row-major; `labels` [N].
/// - Cost: copies share their storage.
package struct ImageDataset: Sendable {
  package let name: String
  /// `Manifest.fingerprint` of the files that it was read from.
  package let fingerprint: String
  package let shape: ImageShape
  /// Names in label order.
  package let classes: [String]
  package let partition: Manifest.Partition
  /// Training examples first where the partition is the publisher's.
  package let pixels: [UInt8]
  package let labels: [Int]

  /// - Precondition: as many pixels as labels ask for, labels within the classes, examples as the partition counts them.
  package init(
    name: String, fingerprint: String, shape: ImageShape, classes: [String], partition: Manifest.Partition,
    pixels: [UInt8], labels: [Int]
  ) {
    precondition(
      pixels.count == labels.count * shape.count,
      "ImageDataset: \(pixels.count) pixels for \(labels.count) images of \(shape.count)"
    )
    precondition(
      labels.allSatisfy { classes.indices.contains($0) }, "ImageDataset: a label is outside 0..<\(classes.count)")
    switch partition {
    case .official(let training, let test):
      precondition(training + test == labels.count, "ImageDataset: \(labels.count) examples, \(training) + \(test)")
    case .stratifiedFolds(let examples, let folds):
      precondition(examples == labels.count, "ImageDataset: \(labels.count) examples, expected \(examples)")
      precondition(folds > 1, "ImageDataset: \(folds) folds")
    }
    self.name = name
    self.fingerprint = fingerprint
    self.shape = shape
    self.classes = classes
    self.partition = partition
    self.pixels = pixels
    self.labels = labels
  }

  package var count: Int { labels.count }
}
