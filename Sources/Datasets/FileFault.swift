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
    case .json(let message): "JSON error: \(message)"
    case .wrongCount(let what, let expected, let actual): "it has \(actual) \(what), expected \(expected)"
    case .ambiguousLabel: "exactly one known class must have score 1"
    case .notUTF8: "it is not UTF-8 text"
    case .emptyVocabulary: "it holds no token, expected one a line"
    case .emptyToken(let line): "line \(line) is empty, expected a token"
    case .duplicateToken(let token, let line, let again): "token '\(token)' is in lines \(line) and \(again)"
    case .missingTokens(let tokens):
      "it has no token \(tokens.map { "'\($0)'" }.joined(separator: ", ")), expected '[UNK]', '[CLS]', '[SEP]' and '[PAD]'"
    }
  }
}
