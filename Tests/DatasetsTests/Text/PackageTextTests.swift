import Foundation
import Testing

@testable import Datasets

/// What packages bring of texts, and the file that it is kept in.
@Suite struct PackageTextTests {
  private let snippets = Data("1\t2.25\tA caf\u{E9} film\r\n2\t-0.5\tDull\r\n3\t0.49\tSo so\r\n4\t0.5\tNice\r\n".utf8)

  @Test func movieSnippetsBecomeClassesBySign() throws {
    let lines = try MovieSnippets.decode(snippets, target: .classes(["negative", "positive"]))
    #expect(
      lines == [
        .init(target: "positive", first: "A caf\u{E9} film"), .init(target: "negative", first: "Dull"),
        .init(target: "positive", first: "Nice"),
      ])
  }

  @Test func movieRatingsStayAsTheyAre() throws {
    let lines = try MovieSnippets.decode(snippets, target: .score(lowest: -4, highest: 4))
    #expect(lines.map(\.target) == ["2.25", "-0.5", "0.49", "0.5"])
  }

  @Test func movieSnippetsOfAnotherFormAreRefused() {
    let target = TextTask.Target.score(lowest: -4, highest: 4)
    #expect(throws: FileFault.tooFewColumns(line: 1, expected: 3, actual: 2)) {
      try MovieSnippets.decode(Data("1\t2\n".utf8), target: target)
    }
    #expect(throws: FileFault.wrongScore("5", line: 2, lowest: -4, highest: 4)) {
      try MovieSnippets.decode(Data("1\t2\ta\n2\t5\tb\n".utf8), target: target)
    }
    #expect(throws: FileFault.emptyText(column: "column 3", line: 1)) {
      try MovieSnippets.decode(Data("1\t2\t \n".utf8), target: target)
    }
  }

  private func task(_ input: String, _ scores: String = "\"True\": 1, \"False\": 0") -> Data {
    Data("{\"examples\": [{\"input\": \"\(input)\", \"target_scores\": {\(scores)}}]}".utf8)
  }

  @Test func passageAndClaimAreCutApartAndTheTitleIsTheGroup() throws {
    let lines = try FactTask.decode(
      task("Mad Max-COLON- Fury Road: It made: much .\\nClaim: Mad Max: lost ."), classes: ["True", "False"])
    #expect(
      lines == [
        .init(
          target: "True", first: "Mad Max-COLON- Fury Road: It made: much .", second: "Mad Max: lost .",
          group: "Mad Max-COLON- Fury Road")
      ])
  }

  @Test func factsOfAnotherFormAreRefused() {
    let classes = ["True", "False"]
    for input in ["A: b", "A b\\nClaim: c", "A: \\nClaim: c", "A: b\\nClaim:  ", "A: b\\nClaim: c\\nClaim: d"] {
      #expect(throws: FileFault.malformedExample(0), "\(input)") {
        try FactTask.decode(task(input), classes: classes)
      }
    }
    for scores in ["\"True\": 1, \"False\": 1", "\"True\": 0.5", "\"Maybe\": 1"] {
      #expect(throws: FileFault.malformedExample(0), "\(scores)") {
        try FactTask.decode(task("A: b\\nClaim: c", scores), classes: classes)
      }
    }
    #expect(throws: FileFault.json("key 'examples' is missing")) {
      try FactTask.decode(Data("{}".utf8), classes: classes)
    }
  }

  @Test func examplesSurviveTheirFile() throws {
    let lines: [ExamplesFile.Line] = [
      .init(target: "yes", first: "a \"b", second: "c", group: "g"),
      .init(target: "no", first: "é", second: "d", group: "h"),
      .init(target: "no", first: "f", second: "d", group: "g"),
    ]
    let data = try ExamplesFile.file(lines)
    #expect(
      String(decoding: data, as: UTF8.self)
        == "target\tfirst\tsecond\tgroup\nyes\ta \"b\tc\tg\nno\té\td\th\nno\tf\td\tg\n")
    let content = TextContent(
      task: Samples.claims, partition: .groupFolds(examples: 3, groups: 2, folds: 2), source: .vitaminC)
    let file = try ExamplesFile.read(data, content: content)
    #expect(file.groups == ["g", "h", "g"])
    #expect(file.examples.map(\.label) == [1, 0, 0])
    #expect(file.examples.map(\.second) == ["c", "d", "d"])
    #expect(throws: FileFault.separatorInText(example: 0)) {
      try ExamplesFile.file([.init(target: "yes", first: "a\tb")])
    }
    var other = content
    other.partition = .groupFolds(examples: 4, groups: 2, folds: 2)
    #expect(throws: FileFault.wrongCount(of: "examples", expected: 4, actual: 3)) {
      try ExamplesFile.read(data, content: other)
    }
  }
}
