/// A place between two lines of a journal, with what is needed to check the lines after it.
package struct JournalCursor: Equatable, Sendable {
  package var byteOffset: Int
  /// Number of the line before; 0 at the start.
  package var seq: Int
  /// Digest of the line before.
  package var digest: String

  package static let start = JournalCursor(byteOffset: 0, seq: 0, digest: JournalLine.rootDigest)

  package init(byteOffset: Int, seq: Int, digest: String) {
    self.byteOffset = byteOffset
    self.seq = seq
    self.digest = digest
  }
}
