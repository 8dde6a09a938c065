import CMark
import Glibc

/// Markdown with tables, read into a tree; the one place that calls the markdown library.
///
/// The library is in its safe mode: raw HTML is left out, and links with schemes that run something lead nowhere. Images
/// become links, so that what is made of the tree loads nothing.
final class MarkdownTree {
  /// One block of the text as HTML.
  enum Block: Equatable {
    /// `words` without marks, `html` between the tags.
    case heading(level: Int, words: String, html: String)
    case table(html: String)
    case other(html: String)
  }

  private let parser: OpaquePointer
  private let root: OpaquePointer

  init(_ markdown: String) {
    // Allocation stops the program in the library itself: neither call gives nil.
    guard let parser = cmark_parser_new(Self.options) else { preconditionFailure("cmark_parser_new: returned nil") }
    if let table = Self.table {
      let status = cmark_parser_attach_syntax_extension(parser, table)
      precondition(status == 1, "cmark_parser_attach_syntax_extension: 'table' was refused")
    }
    let bytes = Array(markdown.utf8CString)
    cmark_parser_feed(parser, bytes, bytes.count - 1)
    guard let root = cmark_parser_finish(parser) else { preconditionFailure("cmark_parser_finish: returned nil") }
    self.parser = parser
    self.root = root
    Self.linkImages(below: root)
  }

  deinit {
    cmark_node_free(root)
    cmark_parser_free(parser)
  }

  private static let options = CMARK_OPT_DEFAULT

  /// The extension that reads tables, registered once, as the library asks for.
  ///
  /// Sound across threads: it is made once and only read after that.
  nonisolated(unsafe) private static let table: OpaquePointer? = {
    cmark_gfm_core_extensions_ensure_registered()
    return cmark_find_syntax_extension("table")
  }()

  /// The blocks of the text in their order.
  var blocks: [Block] {
    Self.children(of: root).map { node in
      let html = html(of: node)
      let level = Int(cmark_node_get_heading_level(node))
      let (start, end) = ("<h\(level)>", "</h\(level)>")
      if cmark_node_get_type(node) == CMARK_NODE_HEADING, html.hasPrefix(start), html.hasSuffix(end) {
        let inner = html.dropFirst(start.count).dropLast(end.count)
        return .heading(level: level, words: Self.words(below: node), html: String(inner))
      }
      return Self.kind(of: node) == "table" ? .table(html: html) : .other(html: html)
    }
  }

  /// HTML of `node` without the newline at its end.
  private func html(of node: OpaquePointer) -> String {
    guard let text = cmark_render_html(node, Self.options, cmark_parser_get_syntax_extensions(parser)) else {
      preconditionFailure("cmark_render_html: returned nil")
    }
    defer { free(text) }
    let html = String(cString: text)
    return html.hasSuffix("\n") ? String(html.dropLast()) : html
  }

  private static func kind(of node: OpaquePointer) -> String {
    cmark_node_get_type_string(node).map { String(cString: $0) } ?? ""
  }

  private static func children(of node: OpaquePointer) -> [OpaquePointer] {
    var children: [OpaquePointer] = []
    var next = cmark_node_first_child(node)
    while let child = next {
      children.append(child)
      next = cmark_node_next(child)
    }
    return children
  }

  /// What is written in `node`, without marks and raw HTML.
  private static func words(below node: OpaquePointer) -> String {
    switch cmark_node_get_type(node) {
    case CMARK_NODE_TEXT, CMARK_NODE_CODE: cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
    case CMARK_NODE_SOFTBREAK, CMARK_NODE_LINEBREAK: " "
    default: children(of: node).map(words).joined()
    }
  }

  /// Puts a link with the same words and target in the place of every image.
  private static func linkImages(below node: OpaquePointer) {
    for child in children(of: node) {
      linkImages(below: child)
      guard cmark_node_get_type(child) == CMARK_NODE_IMAGE, let link = cmark_node_new(CMARK_NODE_LINK) else { continue }
      cmark_node_set_url(link, cmark_node_get_url(child))
      for part in children(of: child) { cmark_node_append_child(link, part) }
      cmark_node_replace(child, link)
      cmark_node_free(child)
    }
  }
}
