import Foundation

/// A reader under test: its name, words of its format, and how one input is read.
struct FuzzReader: Sendable {
  let name: String
  let tokens: [String]
  /// Gives the function that reads an input, with a folder in memory for what must be a file.
  ///
  /// The function returns if the input was read, and throws the reader's own error if it was refused; `ReaderFailure` is
  /// neither.
  let make: @Sendable (_ scratch: URL) throws -> (FuzzInput) throws -> Void

  static let all = images + text + json + weights + records + archives

  static func named(_ name: String) -> FuzzReader? { (all + [selfTest]).first { $0.name == name } }

  func mutator(seed: UInt64) throws -> Mutator {
    Mutator(corpus: try Corpus(of: name), tokens: tokens.map { Array($0.utf8) }, seed: seed)
  }

  /// Words of every JSON document.
  static let jsonTokens = [
    "{", "}", "[", "]", ",", ":", "null", "true", "false", "\"\"", "\\u0000", "\\ud800", "\"_0\"", "-1", "1e999", "NaN",
    "/*", "\u{FEFF}", "\u{202E}",
  ]
}

/// Fails the input unless `holds`.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  if !holds { throw ReaderFailure(what()) }
}
