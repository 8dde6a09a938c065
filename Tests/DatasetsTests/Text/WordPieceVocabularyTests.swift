import Foundation
import Testing

@testable import Datasets

@Suite struct WordPieceVocabularyTests {
  private static let specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"

  private func message(_ data: Data) throws -> String {
    let folder = try TemporaryFolder()
    let file = try folder.write(data, to: "vocab.txt")
    let error = #expect(throws: DatasetError.self) { try WordPieceVocabulary(contentsOf: file) }
    return try #require(error).description.replacing(folder.url.path, with: "FOLDER")
  }

  private func pieces(_ word: String, of text: String) throws -> [Int32] {
    var ids: [Int32] = []
    try WordPieceVocabulary(Data((Self.specials + text).utf8))
      .appendPieces(of: word.unicodeScalars.map(\.value), to: &ids)
    return ids
  }

  @Test func tokensAreNumberedByLine() throws {
    let vocabulary = try WordPieceVocabulary(Data((Self.specials + "[MASK]\none\n##s\n").utf8))
    #expect(vocabulary.count == 7)
    #expect(vocabulary.padding == 0)
    #expect(vocabulary.unknown == 1)
    #expect(vocabulary.classification == 2)
    #expect(vocabulary.separator == 3)
    #expect(vocabulary.specials.map(\.number) == [1, 2, 3, 0, 4])
  }

  @Test func lineEndsMayBeThoseOfWindowsAndTheLastMayBeMissing() throws {
    let text = (Self.specials + "one").replacing("\n", with: "\r\n")
    #expect(try WordPieceVocabulary(Data(text.utf8)).count == 5)
  }

  @Test func longestPiecesAreTakenFromTheStart() throws {
    let text = "un\nunaff\n##aff\n##able\n##a\n##ff\n"
    #expect(try pieces("unaffable", of: text) == [5, 7])
    #expect(try pieces("unable", of: text) == [4, 7])
    #expect(try pieces("unaffa", of: text) == [5, 8])
  }

  @Test func wordWithoutAFullSpellingIsUnknownAsAWhole() throws {
    #expect(try pieces("oneb", of: "one\n##a\n") == [1])
    #expect(try pieces("b", of: "one\n##b\n") == [1])
  }

  @Test(arguments: [(100, 100), (101, 1)])
  func wordOfMoreThanAHundredCharactersIsUnknown(length: Int, count: Int) throws {
    #expect(try pieces(String(repeating: "é", count: length), of: "é\n##é\n").count == count)
  }

  @Test func tokensThatLookAlikeAreDifferent() throws {
    // The same character composed and decomposed.
    #expect(try pieces("\u{E9}", of: "e\u{301}\n\u{E9}\n") == [5])
  }

  @Test func brokenVocabulariesAreNamed() throws {
    let head = "dataset file 'FOLDER/vocab.txt' is malformed: "
    #expect(try message(Data()) == head + "it holds no token, expected one a line")
    #expect(try message(Data([0x61, 0xFF, 0x0A])) == head + "it is not UTF-8 text")
    #expect(try message(Data((Self.specials + "one\n\ntwo\n").utf8)) == head + "line 6 is empty, expected a token")
    #expect(try message(Data((Self.specials + "one\ntwo\none\n").utf8)) == head + "token 'one' is in lines 5 and 7")
    #expect(
      try message(Data("one\n".utf8))
        == head + "it has no token '[UNK]', '[CLS]', '[SEP]', '[PAD]', expected '[UNK]', '[CLS]', '[SEP]' and '[PAD]'")
  }

  @Test(arguments: ["[UNK]", "[CLS]", "[SEP]", "[PAD]"])
  func eachMissingSpecialTokenIsNamed(token: String) throws {
    #expect(
      try message(Data(Self.specials.replacing(token, with: "other").utf8))
        == "dataset file 'FOLDER/vocab.txt' is malformed: it has no token '\(token)', expected '[UNK]', '[CLS]', "
        + "'[SEP]' and '[PAD]'")
  }

  @Test func missingFileIsNamed() throws {
    let error = #expect(throws: DatasetError.self) {
      try WordPieceVocabulary(contentsOf: URL(filePath: "/nonexistent/vocab.txt"))
    }
    #expect(
      try #require(error).description
        == "'/nonexistent/vocab.txt' cannot be used: No such file or directory; check the path and its permissions")
  }
}
