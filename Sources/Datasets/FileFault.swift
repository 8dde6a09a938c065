/// What is wrong inside a file of a data set; readers throw it, and `DatasetError` carries it with the file's name.
package enum FileFault: Error, Equatable, Sendable {
  /// A link, a folder or a device.
  case notRegular
  case notInPackage
  case truncated(expected: Int, actual: Int)
  case tooLong(expected: Int)
  /// The first bytes are not those of an IDX file of unsigned bytes with the expected number of dimensions.
  case wrongMagic(expected: UInt32, actual: UInt32)
  case wrongShape(expected: [Int], actual: [Int])
  case compression(String)
  case labelOutOfRange(position: Int, label: Int, classes: Int)
  case base64
  /// The PNG library's own words, such as `IDAT: CRC error`.
  case png(String)
  case wrongPixelFormat
  case tooManyPixels(height: Int, width: Int, limit: Int)
  /// A PGM or PPM image; the reason says what is wrong with its header.
  case portableMap(String)
  case json(String)
  case wrongCount(of: String, expected: Int, actual: Int)
  /// An example does not give exactly one class of the data set the score 1.
  case ambiguousLabel
  case notUTF8
  case emptyVocabulary
  /// Lines count from 1, as editors do.
  case emptyToken(line: Int)
  case duplicateToken(String, line: Int, again: Int)
  /// Tokens that a vocabulary must have.
  case missingTokens([String])
  case lineTooLong(line: Int, limit: Int)
  case lineNotUTF8(line: Int)
  /// The first line does not name a column; `found` are those it names.
  case missingColumn(String, found: [String])
  case tooFewColumns(line: Int, expected: Int, actual: Int)
  case unknownLabel(String, line: Int, known: [String])
  case wrongScore(String, line: Int, lowest: Double, highest: Double)
  case emptyText(column: String, line: Int)
  case noExamples
  /// Far from as many examples as the publisher's file has.
  case implausibleCount(published: Int, actual: Int)
  /// Examples count from 0, as their file's list does.
  case malformedExample(Int)
  case separatorInText(example: Int)
}

extension FileFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notRegular: "it is not a regular file"
    case .notInPackage: "the package does not hold it"
    case .truncated(let expected, let actual): "it ends after \(actual) bytes, expected \(expected)"
    case .tooLong(let expected): "it goes on after \(expected) bytes, where it should end"
    case .wrongMagic(let expected, let actual):
      "it begins with 0x\(String(actual, radix: 16)), expected 0x\(String(expected, radix: 16))"
    case .wrongShape(let expected, let actual): "its shape is \(actual), expected \(expected)"
    case .compression(let message): "its gzip stream is damaged (\(message))"
    case .labelOutOfRange(let position, let label, let classes):
      "label \(position) is \(label), expected 0...\(classes - 1)"
    case .base64: "it is not base64"
    case .png(let message): "PNG error '\(message)'"
    case .wrongPixelFormat: "its pixels are not 8-bit RGB or grey"
    case .tooManyPixels(let height, let width, let limit):
      "its size is \(height)x\(width), expected at most \(limit) pixels"
    case .portableMap(let reason): "it is no binary PGM or PPM of bytes: \(reason)"
    case .json(let message): "JSON error: \(message)"
    case .wrongCount(let what, let expected, let actual): "it has \(actual) \(what), expected \(expected)"
    case .ambiguousLabel: "exactly one known class must have score 1"
    case .notUTF8: "it is not UTF-8 text"
    case .emptyVocabulary: "it holds no token, expected one a line"
    case .emptyToken(let line): "line \(line) is empty, expected a token"
    case .duplicateToken(let token, let line, let again): "token '\(token)' is in lines \(line) and \(again)"
    case .missingTokens(let tokens):
      "it has no token \(tokens.map { "'\($0)'" }.joined(separator: ", ")), expected '[UNK]', '[CLS]', '[SEP]' and '[PAD]'"
    case .lineTooLong(let line, let limit):
      "line \(line) has more than \(limit) bytes; \(Self.again), with an example a line"
    case .lineNotUTF8(let line): "line \(line) is not UTF-8 text; convert the file to UTF-8"
    case .missingColumn(let name, let found):
      "it has no column '\(name)': its first line names \(Self.listed(found)); \(Self.again), tabs between its columns"
    case .tooFewColumns(let line, let expected, let actual):
      "line \(line) has \(actual) column\(actual == 1 ? "" : "s"), expected \(expected); \(Self.again)"
    case .unknownLabel(let label, let line, let known):
      "line \(line) has the label \(Self.listed([label])), expected one of \(Self.listed(known)); \(Self.again)"
    case .wrongScore(let text, let line, let lowest, let highest):
      "line \(line) has the score \(Self.listed([text])), expected a number from \(lowest) to \(highest); \(Self.again)"
    case .emptyText(let column, let line): "line \(line) has no text in \(column); complete or remove the line"
    case .noExamples: "it holds no example; \(Self.again)"
    case .implausibleCount(let published, let actual):
      "it holds \(actual) examples, the published file \(published) or a few less or more; \(Self.again)"
    case .malformedExample(let index):
      "example \(index) is not 'Title: passage', a new line, 'Claim: claim' with exactly one known class of score 1"
    case .separatorInText(let index): "a text of example \(index) holds a tab or a line's end"
    }
  }

  private static let again = "take the file as it is published"

  /// Words of a file in quotes, short enough for a message and without control characters.
  private static func listed(_ words: [String]) -> String {
    let shown = words.prefix(20).map { word in
      let text = String(String.UnicodeScalarView(word.unicodeScalars.prefix(40).map { $0.value < 32 ? " " : $0 }))
      return "'\(text)\(word.unicodeScalars.count > 40 ? "…" : "")'"
    }
    return shown.joined(separator: ", ") + (words.count > 20 ? " and \(words.count - 20) more" : "")
  }
}
