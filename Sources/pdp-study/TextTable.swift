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
  var width: Int { widths.reduce(0, +) + 2 * max(0, columns.count - 1) }

  private var cells: [[Cell]] { [columns.map { Cell.text($0) }] + rows }

  private var widths: [Int] {
    let cells = cells
    return columns.indices.map { column in cells.map { Self.plain($0[column]).count }.max() ?? 0 }
  }

  private var aligned: String {
    let widths = widths
    return cells.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let text = Self.plain(cell)
        let padding = String(repeating: " ", count: widths[column] - text.count)
        let isNumber = if case .number = cell { true } else { false }
        line += (column > 0 ? "  " : "") + (isNumber ? padding + text : text + padding)
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
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
