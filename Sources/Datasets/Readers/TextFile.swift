import Foundation

/// Labelled texts of one tab-separated file.
package struct TextFile {
  package var examples: [TextExample] = []
  /// Group of each example, where the file has a column of them.
  var groups: [String] = []
  /// Lines left out for want of a label, or of a column or a text.
  var withoutLabel = 0
  var incomplete = 0

  /// How a file says what is asked for.
  struct Rules {
    var target: TextTask.Target
    /// What the file has for each class, by its index.
    var labels: [String] = []
    var withoutLabel: String?
    var leavesOutIncomplete = false
  }

  /// Every example of `data`; `columns` finds the fields, from the file's first line where that has names.
  ///
  /// - Throws: any fault of the file, the first one.
  init(
    _ data: Data, hasNames: Bool, rules: Rules,
    columns find: (TabSeparatedText.Row) throws(FileFault) -> TextColumns
  ) throws(FileFault) {
    let text = try TabSeparatedText(data)
    let labels = Dictionary(uniqueKeysWithValues: rules.labels.enumerated().map { ($1, $0) })
    var columns: TextColumns?
    try text.forEachRow { (row) throws(FileFault) in
      guard let columns else {
        columns = try find(row)
        if !hasNames, let columns { try append(row, columns, rules, labels) }
        return
      }
      try append(row, columns, rules, labels)
    }
    guard !examples.isEmpty else { throw .noExamples }
  }

  private mutating func append(
    _ row: TabSeparatedText.Row, _ columns: TextColumns, _ rules: Rules, _ labels: [String: Int]
  ) throws(FileFault) {
    guard row.count >= columns.needed else {
      guard rules.leavesOutIncomplete else {
        throw .tooFewColumns(line: row.line, expected: columns.needed, actual: row.count)
      }
      incomplete += 1
      return
    }
    let target = trimmed(try row.text(columns.target.position))
    if let withoutLabel = rules.withoutLabel, target == withoutLabel {
      self.withoutLabel += 1
      return
    }
    guard let first = try text(columns.first, of: row, rules) else { return }
    var example = TextExample(first: first)
    if let column = columns.second {
      guard let second = try text(column, of: row, rules) else { return }
      example.second = second
    }
    switch rules.target {
    case .classes:
      guard let label = labels[target] else {
        throw .unknownLabel(target, line: row.line, known: rules.labels)
      }
      example.label = label
    case .score(let lowest, let highest):
      guard let score = Double(target), score >= lowest, score <= highest else {
        throw .wrongScore(target, line: row.line, lowest: lowest, highest: highest)
      }
      example.score = score
    }
    if let column = columns.group { groups.append(try row.text(column.position)) }
    examples.append(example)
  }

  /// A field's text; nil if it is empty and such lines are left out, which is counted.
  private mutating func text(
    _ column: TextColumns.Field, of row: TabSeparatedText.Row, _ rules: Rules
  ) throws(FileFault) -> String? {
    let text = try row.text(column.position)
    if text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
      guard rules.leavesOutIncomplete else { throw .emptyText(column: column.name, line: row.line) }
      incomplete += 1
      return nil
    }
    return text
  }
}
