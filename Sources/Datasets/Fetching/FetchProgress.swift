/// How far fetching a data set has come.
package enum FetchProgress: Equatable, Sendable {
  /// Bytes on disk of those that the manifest announces; nil where it cannot know.
  case downloading(file: String, bytes: Int, of: Int?)
  case extracting(file: String)
  case decoding(images: Int, of: Int)
  case decodingTexts(file: String)
}
