/// BERT's tokenizer: text is cleaned, split at spaces, punctuation and ideographs, and cut into WordPieces.
///
/// Equal to `BertTokenizerFast` of the library `transformers`, token by token. Special tokens such as `[SEP]` that stand
/// in the text are kept whole.
///
/// - Source: Devlin, Chang, Lee, Toutanova 2018, arXiv 1810.04805, section 3.
package struct BertTokenizer: Sendable {
  package let vocabulary: WordPieceVocabulary
  private let table: BertScalarTable

  /// A tokenizer that lower-cases and strips accents, as an uncased vocabulary wants, or keeps both.
  package init(vocabulary: WordPieceVocabulary, lowercasing: Bool) {
    self.vocabulary = vocabulary
    table = lowercasing ? .lowercasing : .casePreserving
  }

  /// `[CLS] text [SEP]`, cut off at `maxLength` tokens.
  ///
  /// - Precondition: `maxLength` >= 2.
  package func encode(_ text: String, maxLength: Int) -> TokenizedText {
    encoded(text, nil, maxLength: maxLength).text
  }

  /// `[CLS] first [SEP] second [SEP]`, the longer text cut off first where both have more than `maxLength` tokens.
  ///
  /// - Precondition: `maxLength` >= 3.
  package func encode(_ first: String, _ second: String, maxLength: Int) -> TokenizedText {
    encoded(first, second, maxLength: maxLength).text
  }

  /// Tokens of one text or of two, and whether some had to be cut off.
  ///
  /// - Precondition: `maxLength` >= 2, or 3 for two texts.
  func encoded(_ first: String, _ second: String?, maxLength: Int) -> (text: TokenizedText, wasCut: Bool) {
    guard let second else {
      precondition(maxLength >= 2, "BertTokenizer.encode: a text needs maxLength 2 or more, got \(maxLength)")
      let tokens = tokens(of: first)
      let ids = [vocabulary.classification] + tokens.prefix(maxLength - 2) + [vocabulary.separator]
      return (
        TokenizedText(ids: ids, types: Array(repeating: 0, count: ids.count)), tokens.count > maxLength - 2
      )
    }
    precondition(maxLength >= 3, "BertTokenizer.encode: a pair needs maxLength 3 or more, got \(maxLength)")
    let (a, b) = (tokens(of: first), tokens(of: second))
    let kept = Self.lengths(a.count, b.count, within: maxLength - 3)
    let head = [vocabulary.classification] + a.prefix(kept.first) + [vocabulary.separator]
    let tail = b.prefix(kept.second) + [vocabulary.separator]
    return (
      TokenizedText(
        ids: head + tail, types: Array(repeating: 0, count: head.count) + Array(repeating: 1, count: tail.count)),
      kept != (a.count, b.count)
    )
  }

  /// Tokens of `text` alone.
  ///
  /// - Cost: proportional to the text's length.
  package func tokens(of text: String) -> [Int32] {
    var words = WordBuffer(vocabulary: vocabulary)
    let scalars = Array(text.unicodeScalars)
    words.ids.reserveCapacity(scalars.count / 3)
    var position = 0
    while position < scalars.count {
      if scalars[position] == "[", let special = special(at: position, in: scalars) {
        words.endWord()
        words.ids.append(special.number)
        position += special.scalars.count
      } else {
        words.append(table.rule(of: scalars[position]))
        position += 1
      }
    }
    words.endWord()
    return words.ids
  }

  private func special(
    at position: Int, in scalars: [Unicode.Scalar]
  ) -> (scalars: [UInt32], number: Int32)? {
    vocabulary.specials.first { special in
      position + special.scalars.count <= scalars.count
        && special.scalars.indices.allSatisfy { scalars[position + $0].value == special.scalars[$0] }
    }
  }

  /// How many tokens of each text stay: cut from the longer until they fit, from the second where they are equal, and
  /// an odd one goes to the longer.
  static func lengths(_ first: Int, _ second: Int, within limit: Int) -> (first: Int, second: Int) {
    guard first + second > limit else { return (first, second) }
    let shorter = min(first, second)
    let (small, large) = 2 * shorter > limit ? (limit / 2, limit - limit / 2) : (shorter, limit - shorter)
    return first > second ? (large, small) : (small, large)
  }
}

/// The word that is being read, and the tokens of those before it.
private struct WordBuffer {
  let vocabulary: WordPieceVocabulary
  var ids: [Int32] = []
  private var word: [UInt32] = []
  /// Where in the word the run of combining marks begins that the next one is sorted into.
  private var runStart = 0

  init(vocabulary: WordPieceVocabulary) {
    self.vocabulary = vocabulary
  }

  mutating func append(_ rule: BertScalarRule) {
    // A word past the limit is unknown whatever follows: it need not grow with the text.
    if word.count > WordPieceVocabulary.longestWord, rule.staysInWord { return }
    switch rule {
    case .letter(let scalar):
      word.append(scalar)
      runStart = word.count
    case .space: endWord()
    case .isolated(let scalar):
      endWord()
      word.append(scalar)
      endWord()
    case .removed: break
    case .barrier: runStart = word.count
    case .mark(let scalar): appendMark(scalar)
    case .expansion(let rules): for rule in rules { append(rule) }
    }
  }

  /// Marks that follow one another are sorted by combining class, equal ones in the order of the text.
  private mutating func appendMark(_ scalar: UInt32) {
    var position = word.count
    while position > runStart, combiningClass(word[position - 1]) > combiningClass(scalar) { position -= 1 }
    word.insert(scalar, at: position)
  }

  private func combiningClass(_ value: UInt32) -> UInt8 {
    Unicode.Scalar(value)?.bertCombiningClass ?? 0
  }

  mutating func endWord() {
    guard !word.isEmpty else { return }
    vocabulary.appendPieces(of: word, to: &ids)
    word.removeAll(keepingCapacity: true)
    runStart = 0
  }
}
