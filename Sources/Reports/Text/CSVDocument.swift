import Foundation
import RunStore

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

  /// The cell as it stands in the file, a text without control characters.
  private static func text(of cell: Cell) -> String {
    switch cell {
    case .empty: return ""
    case .integer(let value): return "\(value)"
    case .number(let value): return NumberText.shortest(value)
    case .text(let text):
      let plain = PlainText.neutralized(text)
      return plain.isEmpty ? "" : CSVField.text(plain)
    }
  }
}
