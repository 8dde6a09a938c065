/// Normalised images and their labels, ready for a network.
///
/// - Shapes: `pixels` [count, C, H, W], row-major; `labels` [count].
package struct ImageBatch: Equatable, Sendable {
  package var shape: ImageShape
  package var pixels: [Float]
  package var labels: [Int]

  /// A batch without images, with room for `capacity` of them.
  package init(shape: ImageShape, capacity: Int) {
    self.shape = shape
    self.pixels = []
    self.labels = []
    pixels.reserveCapacity(capacity * shape.count)
    labels.reserveCapacity(capacity)
  }

  /// How many images it holds.
  package var count: Int { labels.count }
}
