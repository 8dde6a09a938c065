import Foundation
import RunStore

/// A small table for people and programs.
struct TextTable {
  enum Format: String, CaseIterable {
    case table
    case md
    case csv
    case json
  }

  enum Cell: Equatable {
    case empty
    case text(String)
    case number(String)
  }

  var columns: [String]
  var rows: [[Cell]] = []

  func text(_ format: Format) -> String {
    switch format {
    case .table: aligned
    case .md: markdown
    case .csv: lines { Self.csv($0) }
    case .json: json
    }
  }

  /// Columns of the longest line as an aligned table.
  var width: Int { Self.widths(of: plainCells).reduce(0, +) + 2 * max(0, columns.count - 1) }

  /// A cell as it is shown, and the columns of the terminal that it takes.
  private struct PlainCell {
    var text: String
    var width: Int
    var isNumber = false

    init(_ cell: Cell) {
      text = TextTable.plain(cell)
      width = text.count
      if case .number = cell { isNumber = true }
    }
  }

  /// The head and all rows.
  private var plainCells: [[PlainCell]] { ([columns.map { Cell.text($0) }] + rows).map { $0.map(PlainCell.init) } }

  private static func widths(of rows: [[PlainCell]]) -> [Int] {
    rows.reduce(into: rows[0].map(\.width)) { widths, row in
      for column in row.indices { widths[column] = max(widths[column], row[column].width) }
    }
  }

  private var aligned: String {
    let rows = plainCells
    let widths = Self.widths(of: rows)
    return rows.map { row in
      var line = ""
      // Spaces are written before what follows them, so that no line ends with some.
      var gap = 0
      for (cell, width) in zip(row, widths) {
        let padding = width - cell.width
        if cell.isNumber { gap += padding }
        if !cell.text.isEmpty {
          line += String(repeating: " ", count: gap) + cell.text
          gap = 0
        }
        gap += (cell.isNumber ? 0 : padding) + 2
      }
      return line
    }.joined(separator: "\n")
  }

  private var markdown: String {
    let escape = { (cell: Cell) in
      Self.plain(cell).replacing("\\", with: "\\\\").replacing("|", with: "\\|")
    }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    return
      ([line(columns.map { escape(.text($0)) }), line(columns.map { _ in "---" })]
      + rows.map { line($0.map(escape)) }).joined(separator: "\n")
  }

  private func lines(_ write: (Cell) -> String) -> String {
    ([columns.map { Cell.text($0) }] + rows).map { $0.map(write).joined(separator: ",") }.joined(separator: "\n")
  }

  private static func csv(_ cell: Cell) -> String {
    if case .text(let text) = cell { CSVField.text(text) } else { plain(cell) }
  }

  private var json: String {
    let objects = rows.map { row in
      zip(columns, row).map { column, cell in "\(Self.quoted(column)):\(Self.json(cell))" }.joined(separator: ",")
    }
    return objects.isEmpty ? "[]" : "[{" + objects.joined(separator: "},\n {") + "}]"
  }

  private static func json(_ cell: Cell) -> String {
    switch cell {
    case .empty: "null"
    case .text(let text): quoted(text)
    // JSON has no infinities.
    case .number(let text): text.contains("inf") || text.contains("nan") ? quoted(text) : text
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func plain(_ cell: Cell) -> String {
    switch cell {
    case .empty: ""
    case .text(let text), .number(let text): Console.printable(text)
    }
  }
}
