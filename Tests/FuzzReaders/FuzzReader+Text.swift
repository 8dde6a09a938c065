import Datasets
import Foundation

extension FuzzReader {
  private static let labels = TextTask.Target.classes(["negative", "positive"])
  private static let score = TextTask.Target.score(lowest: 0, highest: 5)

  static let text = [
    // Its roles are the names of the tasks.
    FuzzReader(
      name: "glue",
      tokens: ["\t", "\r\n", "\u{FEFF}", "\"", "label", "sentence", "gold_label", "-", "entailment", "1e5"]
    ) { _ in
      { input in
        guard let layout = TextSource(rawValue: input.role)?.glue else {
          throw ReaderFailure("'\(input.role)' is none of GLUE's tasks")
        }
        let file = try layout.examples(in: input.data, target: input.role == "stsb" ? score : labels)
        try require(
          file.examples.allSatisfy { !$0.first.isEmpty && (0...5).contains($0.score) && (0..<3).contains($0.label) },
          "an example is out of range")
      }
    },
    FuzzReader(name: "examples", tokens: ["\t", "\n", "\r", "target", "first", "second", "group"]) { _ in
      let classes = TextTask(target: .classes(["no", "yes"]), isPair: true, metrics: [.accuracy])
      let scores = TextTask(target: .score(lowest: -4, highest: 4), isPair: false, metrics: [.pearson])
      let pairs = TextContent(
        task: classes, partition: .groupFolds(examples: 3, groups: 2, folds: 2), source: .vitaminC)
      let singles = TextContent(
        task: scores, partition: .stratifiedFolds(examples: 3, folds: 2), source: .movieSnippets)
      return { input in
        let file = try ExamplesFile.read(input.data, content: input.role == "pairs" ? pairs : singles)
        try require(file.examples.count == 3, "\(file.examples.count) examples of 3")
      }
    },
    FuzzReader(name: "package-texts", tokens: jsonTokens + ["\t", "\nClaim: ", "Title: ", "SUPPORTS"]) { _ in
      { input in
        let isFacts = input.role == "vitaminC"
        let source = isFacts ? TextSource.vitaminC : .movieSnippets
        let task = TextTask(
          target: isFacts ? .classes(["SUPPORTS", "REFUTES", "NOT ENOUGH INFO"]) : labels, isPair: isFacts,
          metrics: [.accuracy])
        _ = try source.lines(of: input.data, task: task)
      }
    },
    FuzzReader(name: "vocabulary", tokens: ["\n", "\r\n", "##", "[UNK]", "[MASK]", "\u{FEFF}", "\u{301}"]) { _ in
      { input in
        let vocabulary = try WordPieceVocabulary(input.data)
        let ids = BertTokenizer(vocabulary: vocabulary, lowercasing: true).tokens(of: "the films [SEP] aaa")
        try require(ids.allSatisfy { (0..<vocabulary.count).contains(Int($0)) }, "tokens \(ids) of \(vocabulary.count)")
      }
    },
    FuzzReader(
      name: "tokenizer",
      tokens: [
        "[CLS]", "[SEP]", "[MASK]", "##", "\u{301}", "\u{345}", "\u{1F9}", "\u{AC00}", "\u{4E2D}", "\u{FFFD}",
        "\u{130}", "\u{200D}", "\u{E0041}", "\u{2F81A}", "\0", "\u{DF}", "\u{FB01}",
      ]
    ) { _ in
      let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "##s", "a", "##a", "e", "\u{4E2D}", "!",
      ]
      let vocabulary = try WordPieceVocabulary(Data(words.joined(separator: "\n").utf8))
      let tokenizers = [true, false].map { BertTokenizer(vocabulary: vocabulary, lowercasing: $0) }
      return { input in
        let text = String(decoding: input.bytes, as: UTF8.self)
        for tokenizer in tokenizers {
          let all = tokenizer.tokens(of: text)
          let one = tokenizer.encode(text, maxLength: 16)
          let two = tokenizer.encode(text, "the film", maxLength: 16)
          try require(
            one.ids.count == min(all.count + 2, 16) && two.ids.count <= 16 && two.types.count == two.ids.count
              && all.allSatisfy { words.indices.contains(Int($0)) },
            "\(all.count) tokens became \(one.ids.count), \(two.ids.count) of a pair")
        }
      }
    },
  ]
}
