import Foundation
import Testing

@testable import Datasets

/// Expected tokens are those of BertTokenizerFast (transformers 5.24, tokenizers 0.23.3) with the same vocabulary.
@Suite struct BertTokenizerTests {
  private static let vocabulary = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", "cafe", "Caf\u{E9}", "a", "b", "##b", "!",
    "[",
    "]", "#", "\u{4E00}", "\u{AC00}", "\u{1100}\u{1161}", "ß", "i", "\u{3C3}", "\u{3C2}", "a\u{1B44}\u{302E}", "`", "=",
    "sep", "##2", "##3", "x",
  ]

  private func tokens(_ text: String, lowercasing: Bool = true) throws -> [String] {
    try tokenizer(lowercasing: lowercasing).tokens(of: text).map { Self.vocabulary[Int($0)] }
  }

  private func tokenizer(lowercasing: Bool = true) throws -> BertTokenizer {
    let vocabulary = try WordPieceVocabulary(Data(Self.vocabulary.joined(separator: "\n").utf8))
    return BertTokenizer(vocabulary: vocabulary, lowercasing: lowercasing)
  }

  @Test func textIsSplitAtSpacesAndPunctuation() throws {
    #expect(try tokens("The cats\tsat!\u{A0}the\r\ncat") == ["the", "cat", "##s", "sat", "!", "the", "cat"])
    #expect(try tokens("") == [])
    #expect(try tokens(" \u{2028}\u{3000} ") == [])
  }

  @Test func caseAndAccentsAreDroppedOrKept() throws {
    #expect(try tokens("Caf\u{E9} CAFE\u{301}") == ["cafe", "cafe"])
    #expect(try tokens("Caf\u{E9} cafe The", lowercasing: false) == ["Caf\u{E9}", "cafe", "[UNK]"])
    #expect(try tokens("\u{130} \u{1E9E}") == ["i", "ß"])
    #expect(try tokens("\u{3A3} \u{3C2}") == ["\u{3C3}", "\u{3C2}"])
  }

  @Test func invisibleCharactersVanish() throws {
    #expect(try tokens("c\u{0}a\u{7}t\u{FFFD}\u{200D}\u{FEFF}s\u{E000}\u{85}") == ["cat", "##s"])
    #expect(try tokens("\u{200D}") == [])
  }

  @Test func ideographsStandAloneAndHangulDecomposes() throws {
    #expect(try tokens("a\u{4E00}b\u{4E00}\u{4E00}") == ["a", "\u{4E00}", "b", "\u{4E00}", "\u{4E00}"])
    #expect(try tokens("\u{AC00}") == ["\u{1100}\u{1161}"])
    #expect(try tokens("\u{AC00}", lowercasing: false) == ["\u{AC00}"])
  }

  @Test func charactersThatDecomposeIntoPunctuationSplitWords() throws {
    #expect(try tokens("a\u{1FEF}b\u{2260}a") == ["a", "`", "b", "=", "a"])
  }

  /// Sorting a long run of marks would take the square of its length: minutes here.
  @Test func wordsPastTheLimitAreUnknownHoweverLong() throws {
    let hundred = "a" + String(repeating: "b", count: 99)
    #expect(try tokens("\(hundred) the") == ["a"] + Array(repeating: "##b", count: 99) + ["the"])
    #expect(try tokens("\(hundred)b the") == ["[UNK]", "the"])
    #expect(try tokens("\(hundred)bb!cat") == ["[UNK]", "!", "cat"])
    let marks = String(repeating: "\u{1D16D}\u{1D165}", count: 50_000)
    #expect(try tokens("a\(marks) \(hundred)\(marks)\u{301}s the") == ["[UNK]", "[UNK]", "the"])
  }

  @Test func marksThatStayAreSortedByCombiningClass() throws {
    let sorted = "a\u{1B44}\u{302E}"
    #expect(try tokens("a\u{302E}\u{1B44}") == [sorted])
    // An accent between them is stripped; a joiner of class 0 keeps them apart before it vanishes.
    #expect(try tokens("a\u{302E}\u{301}\u{1B44}") == [sorted])
    #expect(try tokens("a\u{302E}\u{34F}\u{1B44}") == ["[UNK]"])
    #expect(try tokens("a\u{302E}\u{1B44}", lowercasing: false) == ["[UNK]"])
  }

  @Test func specialTokensInTextAreKeptWhole() throws {
    #expect(try tokens("cat[SEP]s [MASK]") == ["cat", "[SEP]", "[UNK]", "[MASK]"])
    #expect(try tokens("[[SEP]][PAD][UNK][CLS]") == ["[", "[SEP]", "]", "[PAD]", "[UNK]", "[CLS]"])
    #expect(try tokens("[sep] [SEP") == ["[", "sep", "]", "[", "sep"])
    #expect(try tokens("##s") == ["#", "#", "[UNK]"])
  }

  @Test func textIsFramedAndCutOff() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.encode("the cat", maxLength: 128) == TokenizedText(ids: [2, 5, 6, 3], types: [0, 0, 0, 0]))
    #expect(tokenizer.encode("the cat sat", maxLength: 4) == TokenizedText(ids: [2, 5, 6, 3], types: [0, 0, 0, 0]))
    #expect(tokenizer.encode("the cat", maxLength: 2) == TokenizedText(ids: [2, 3], types: [0, 0]))
    #expect(tokenizer.encode("", maxLength: 2) == TokenizedText(ids: [2, 3], types: [0, 0]))
  }

  @Test func pairHasTypesAndAnEmptyTextItsSeparator() throws {
    let tokenizer = try tokenizer()
    #expect(
      tokenizer.encode("the cat", "sat", maxLength: 6)
        == TokenizedText(ids: [2, 5, 6, 3, 8, 3], types: [0, 0, 0, 0, 1, 1]))
    #expect(tokenizer.encode("the", "", maxLength: 6) == TokenizedText(ids: [2, 5, 3, 3], types: [0, 0, 0, 1]))
    #expect(tokenizer.encode("the", "cat", maxLength: 3) == TokenizedText(ids: [2, 3, 3], types: [0, 0, 1]))
  }

  @Test(arguments: [
    // first, second, limit, kept of the first, kept of the second
    [3, 4, 7, 3, 4], [5, 4, 8, 4, 4], [5, 4, 7, 4, 3], [4, 5, 7, 3, 4], [4, 4, 7, 3, 4], [2, 9, 7, 2, 5],
    [9, 2, 7, 5, 2],
    [3, 9, 7, 3, 4], [9, 3, 7, 4, 3], [9, 9, 0, 0, 0], [9, 9, 1, 0, 1], [10, 9, 1, 1, 0], [0, 9, 4, 0, 4],
  ])
  func longerTextIsCutFirst(numbers: [Int]) {
    let kept = BertTokenizer.lengths(numbers[0], numbers[1], within: numbers[2])
    #expect([kept.first, kept.second] == Array(numbers[3...]))
  }

  @Test func lengthWithoutRoomForTheFrameStops() async {
    await #expect(processExitsWith: .failure) {
      let vocabulary = try WordPieceVocabulary(Data("[PAD]\n[UNK]\n[CLS]\n[SEP]".utf8))
      _ = BertTokenizer(vocabulary: vocabulary, lowercasing: true).encode("", maxLength: 1)
    }
    await #expect(processExitsWith: .failure) {
      let vocabulary = try WordPieceVocabulary(Data("[PAD]\n[UNK]\n[CLS]\n[SEP]".utf8))
      _ = BertTokenizer(vocabulary: vocabulary, lowercasing: true).encode("", "", maxLength: 2)
    }
  }
}
