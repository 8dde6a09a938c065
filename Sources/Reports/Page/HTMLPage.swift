import Foundation
import Planning

/// A report as one HTML file that needs no other: figures and their data are inside it.
///
/// The page runs nothing and loads nothing, and says so to the browser.
struct HTMLPage {
  private struct Entry {
    var level: Int
    var words: String
    var anchor: String
  }

  /// What stands in the file, in UTF-8.
  let text: String

  /// Page of `document`; downloads of data are called `name` and the figure's name.
  ///
  /// - Throws: `ReportError.unknownArm`.
  init(_ document: ReportDocument, name: String) throws(ReportError) {
    var writer = Writer(name: name)
    let introduction = writer.html(of: document.introduction)
    let body = writer.html(of: try document.body)
    let note = HTMLText.escaped(document.origin)
    text = """
      <!doctype html><!-- \(note) -->
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
      <title>\(HTMLText.escaped(document.title))</title>
      <style>
      \(PageStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      \(([introduction] + [writer.contents].compactMap(\.self) + [body]).joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  private static let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

  /// Writes parts and collects what the table of contents lists.
  private struct Writer {
    let name: String
    private var entries: [Entry] = []
    private var anchors: Set<String> = []
    private var tables = 0

    init(name: String) {
      self.name = name
    }

    mutating func html(of parts: [ReportPart]) -> String {
      var texts: [String] = []
      for part in parts { texts.append(html(of: part)) }
      return texts.joined(separator: "\n")
    }

    private mutating func html(of part: ReportPart) -> String {
      switch part {
      case .markdown(let text): html(of: text)
      case .figure(let figure): html(of: figure)
      case .folded(let summary, let parts):
        "<details>\n<summary>\(HTMLText.escaped(summary))</summary>\n\(html(of: parts.map(ReportPart.markdown)))\n</details>"
      }
    }

    private mutating func html(of markdown: String) -> String {
      var texts: [String] = []
      for block in MarkdownTree(markdown).blocks {
        switch block {
        case .heading(let level, let words, let html):
          texts.append("<h\(level) id=\"\(enter(words, level))\">\(html)</h\(level)>")
        case .table(let html):
          tables += 1
          texts.append(
            "<div class=\"scroll\" role=\"region\" aria-label=\"table \(tables)\" tabindex=\"0\">\n\(html)\n</div>")
        case .other(let html):
          texts.append(html)
        }
      }
      return texts.joined(separator: "\n")
    }

    private mutating func html(of figure: RenderedFigure) -> String {
      guard let image = figure.image else { return html(of: figure.markdown) }
      let anchor = enter(figure.title, 3)
      let title = HTMLText.escaped(figure.title)
      let file = HTMLText.escaped("\(figure.kind.rawValue).csv")
      return """
        <figure id="\(anchor)">
        <img src="data:image/png;base64,\(image.png.base64EncodedString())" alt="\(title)" \
        width="\(image.width)" height="\(image.height)">
        <figcaption><strong>\(title).</strong> \(HTMLText.escaped(figure.caption)) Data: \
        <a download="\(HTMLText.escaped(name))-\(file)" \
        href="data:text/csv;charset=utf-8;base64,\(image.csv.base64EncodedString())">\(file)</a>.</figcaption>
        </figure>
        """
    }

    /// Makes an anchor for `words` and lists them below the report's own heading.
    private mutating func enter(_ words: String, _ level: Int) -> String {
      let anchor = HTMLText.anchor(words, unlike: anchors)
      anchors.insert(anchor)
      if level > 1 { entries.append(Entry(level: level, words: words, anchor: anchor)) }
      return anchor
    }

    /// The table of contents; nil where there is nothing to list.
    var contents: String? {
      guard !entries.isEmpty else { return nil }
      let lines = entries.map { entry in
        "<li class=\"level\(min(entry.level, 4))\"><a href=\"#\(entry.anchor)\">\(HTMLText.escaped(entry.words))</a></li>"
      }
      return """
        <nav aria-label="Contents">
        <ul>
        \(lines.joined(separator: "\n"))
        </ul>
        </nav>
        """
    }
  }
}
