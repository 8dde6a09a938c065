import Foundation

/// Comma-separated values as RFC 4180 describes them, with a header line.
struct CSVDocument: Equatable, Sendable {
  /// One cell.
  enum Cell: Equatable, Sendable {
    case text(String)
    case number(Double)
    case integer(Int)
    case empty
  }

  private(set) var lines: [String]
  private let columns: Int

  init(_ header: [String]) {
    columns = header.count
    lines = [header.map { Self.text(of: .text($0)) }.joined(separator: ",")]
  }

  /// - Precondition: as many cells as the header has.
  mutating func append(_ cells: [Cell]) {
    precondition(cells.count == columns, "append: a row of \(cells.count) cells under a header of \(columns)")
    lines.append(cells.map(Self.text(of:)).joined(separator: ","))
  }

  var data: Data { Data(lines.map { $0 + "\r\n" }.joined().utf8) }

  /// The cell as it stands in the file.
  ///
  /// Spreadsheets run a text that begins with one of `= + - @` as a formula: it gets an apostrophe in front, which
  /// they take as the mark of plain text, and quotes. Numbers stay as they are.
  private static func text(of cell: Cell) -> String {
    switch cell {
    case .empty: return ""
    case .integer(let value): return "\(value)"
    case .number(let value): return NumberText.shortest(value)
    case .text(let text):
      let plain = PlainText.neutralized(text)
      let isFormula = plain.first.map { "=+-@".contains($0) } ?? false
      guard isFormula || plain.contains(where: { ",\"".contains($0) }) else { return plain }
      return "\"" + (isFormula ? "'" : "") + plain.replacing("\"", with: "\"\"") + "\""
    }
  }
}
