/// A field of comma-separated values, as RFC 4180 describes them.
package enum CSVField {
  /// `text` in quotes where it needs them.
  ///
  /// Spreadsheets run a text that begins with one of `= + - @` or with a tab or carriage return as a formula: it gets an
  /// apostrophe in front, which they take as the mark of plain text. An empty text is a pair of quotes, so that it can be
  /// told from an empty field, which stands for no value.
  package static func text(_ text: String) -> String {
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    guard text.isEmpty || isFormula || text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) })
    else { return text }
    return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
  }
}
