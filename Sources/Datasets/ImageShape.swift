/// Size of one image of a data set.
package struct ImageShape: Codable, Equatable, Hashable, Sendable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Numbers an image consists of.
  package var count: Int { channels * height * width }
}
