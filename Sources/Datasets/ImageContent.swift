/// What a data set of labelled images holds.
package struct ImageContent: Codable, Equatable, Sendable {
  package var shape: ImageShape
  package var classCount: Int
  /// Names in label order; empty where the user's data brings them.
  package var classes: [String]
  package var partition: Manifest.Partition

  package init(shape: ImageShape, classCount: Int, classes: [String], partition: Manifest.Partition) {
    self.shape = shape
    self.classCount = classCount
    self.classes = classes
    self.partition = partition
  }

  private enum CodingKeys: String, CodingKey {
    case shape = "image"
    case classCount
    case classes
    case partition
  }
}
