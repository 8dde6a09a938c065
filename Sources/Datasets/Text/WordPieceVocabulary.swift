import Foundation

/// Tokens of a BERT vocabulary, each numbered by its line in the file `vocab.txt`, from 0.
///
/// A token that begins with `##` continues a word.
package struct WordPieceVocabulary: Sendable {
  package let count: Int
  package let unknown: Int32
  package let classification: Int32
  package let separator: Int32
  package let padding: Int32
  let trie: WordPieceTrie
  /// Tokens that are kept whole where text contains them, and their numbers.
  let specials: [(scalars: [UInt32], number: Int32)]

  /// Longest word that is cut into pieces; a longer one is unknown.
  static let longestWord = 100

  /// Vocabulary in a file.
  ///
  /// - Throws: `fileSystem` if it cannot be read, `malformedFile` if it is no vocabulary.
  package init(contentsOf url: URL) throws(DatasetError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .fileSystem(path: url.path, reason: reason(of: error))
    }
    do throws(FileFault) {
      try self.init(data)
    } catch {
      throw .malformedFile(file: url.path, fault: error)
    }
  }

  /// Vocabulary in UTF-8 text, a token a line.
  ///
  /// - Throws: the first fault.
  package init(_ data: Data) throws(FileFault) {
    guard let text = String(validating: data, as: UTF8.self) else { throw .notUTF8 }
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw .emptyVocabulary }
    var trie = WordPieceTrie()
    for (number, line) in lines.enumerated() {
      let token = (line.last == "\r" ? line.dropLast() : line).map(\.value)
      guard !token.isEmpty else { throw .emptyToken(line: number + 1) }
      let earlier = trie.number(from: WordPieceTrie.wordStart, token)
      guard earlier < 0 else {
        throw .duplicateToken(String(String.UnicodeScalarView(line)), line: Int(earlier) + 1, again: number + 1)
      }
      trie.insert(from: WordPieceTrie.wordStart, token, number: Int32(number))
      if token.count > 2, token[0] == numberSign, token[1] == numberSign {
        trie.insert(from: WordPieceTrie.continuation, token.dropFirst(2), number: Int32(number))
      }
    }
    let names = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    let found = names.map { name in
      let scalars = name.unicodeScalars.map(\.value)
      return (scalars: scalars, number: trie.number(from: WordPieceTrie.wordStart, scalars))
    }
    // Only pre-training needs the mask.
    let missing = zip(names, found).prefix(4).filter { $0.1.number < 0 }.map(\.0)
    guard missing.isEmpty else { throw .missingTokens(missing) }
    self.count = lines.count
    self.trie = trie
    specials = found.filter { $0.number >= 0 }
    unknown = found[0].number
    classification = found[1].number
    separator = found[2].number
    padding = found[3].number
  }

  /// Appends the longest pieces that spell `word`, found from its start; the unknown token if there are none.
  ///
  /// - Source: Wu et al. 2016, arXiv 1609.08144, section 4.1; the greedy form is BERT's.
  func appendPieces(of word: [UInt32], to ids: inout [Int32]) {
    guard word.count <= Self.longestWord else {
      ids.append(unknown)
      return
    }
    let first = ids.count
    var start = 0
    while start < word.count {
      var node = start == 0 ? WordPieceTrie.wordStart : WordPieceTrie.continuation
      var longest: (end: Int, number: Int32)?
      for position in start..<word.count {
        guard let next = trie.node(after: node, word[position]) else { break }
        node = next
        let number = trie.numbers[Int(node)]
        if number >= 0 { longest = (position + 1, number) }
      }
      guard let longest else {
        ids.removeSubrange(first...)
        ids.append(unknown)
        return
      }
      ids.append(longest.number)
      start = longest.end
    }
  }
}

private let numberSign: UInt32 = 0x23
