import Foundation

/// Sentences from film reviews with the mean of 20 people's ratings, as the authors of VADER publish them.
///
/// A line is a number, the mean rating in -4...4, and the sentence.
///
/// - Source: Hutto, Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", 2014.
/// - Note: The file is UTF-8; read as ISO-8859-1, as is sometimes said of it, its accented letters fall apart.
enum MovieSnippets {
  /// Smallest magnitude of a mean rating that has a class.
  static let leastRating = 0.5

  /// Every line of a file, as scores; or as the classes of index 0 below and 1 above zero, those near it left out.
  ///
  /// - Throws: `tooFewColumns`, `wrongScore`, `emptyText`, `lineNotUTF8`, `lineTooLong`.
  static func decode(_ data: Data, target: TextTask.Target) throws(FileFault) -> [ExamplesFile.Line] {
    var lines: [ExamplesFile.Line] = []
    try TabSeparatedText(data).forEachRow { (row) throws(FileFault) in
      guard row.count >= 3 else { throw .tooFewColumns(line: row.line, expected: 3, actual: row.count) }
      let (rating, text) = (try row.text(1), try row.text(2))
      guard let value = Double(rating), value >= -4, value <= 4 else {
        throw .wrongScore(rating, line: row.line, lowest: -4, highest: 4)
      }
      guard !trimmed(text).isEmpty else { throw .emptyText(column: "column 3", line: row.line) }
      switch target {
      case .score: lines.append(.init(target: rating, first: text))
      case .classes(let names):
        guard abs(value) >= leastRating else { return }
        lines.append(.init(target: names[value < 0 ? 0 : 1], first: text))
      }
    }
    return lines
  }
}
