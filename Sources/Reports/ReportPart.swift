/// One part of a report.
enum ReportPart: Sendable {
  /// Prose, tables and whatever else is written.
  case markdown(String)
  case figure(RenderedFigure)
  /// Markdown behind a line that opens it.
  case folded(summary: String, markdown: [String])

  var markdown: String {
    switch self {
    case .markdown(let text): text
    case .figure(let figure): figure.markdown
    case .folded(let summary, let parts):
      (["<details><summary>\(summary)</summary>"] + parts + ["</details>"]).joined(separator: "\n\n")
    }
  }
}
