/// Markdown prose of the report.
public struct Text: Codable, Equatable, Sendable {
  public var markdown: String

  public init(_ markdown: String) {
    self.markdown = markdown
  }
}
