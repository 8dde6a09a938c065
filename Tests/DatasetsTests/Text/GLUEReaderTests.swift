import Foundation
import Testing

@testable import Datasets

@Suite struct GLUEReaderTests {
  /// The data set 'task' of a source, and its files below `layout.folder`.
  private func folder(
    _ source: TextSource, _ task: TextTask, training: Int, evaluations: [Int], files: [String: String]
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Samples.glueManifest(source, task: task, training: training, evaluations: evaluations))
    for (name, text) in files { try folder.write(Data(text.utf8), to: "datasets/task/\(name)") }
    return folder
  }

  private func load(
    _ source: TextSource, _ task: TextTask, training: Int, evaluations: [Int] = [1], files: [String: String]
  ) throws -> TextDataset {
    let folder = try folder(source, task, training: training, evaluations: evaluations, files: files)
    return try withExtendedLifetime(folder) { try folder.store.loadText("task") }
  }

  /// What is said of a training file of SST-2, behind the file's path.
  private func fault(ofSST2 training: Data, count: Int = 1) throws -> String {
    let folder = try folder(
      .sst2, Samples.moods, training: count, evaluations: [1], files: ["SST-2/dev.tsv": "sentence\tlabel\nfine\t1\n"])
    try folder.write(training, to: "datasets/task/SST-2/train.tsv")
    let error = #expect(throws: DatasetError.self) { try folder.store.loadText("task") }
    let text = try #require(error).description
    let start = "dataset file '\(folder.path("task/SST-2/train.tsv"))' is malformed: "
    #expect(text.hasPrefix(start), "\(text)")
    return String(text.dropFirst(start.count))
  }

  private func fault(ofSST2 training: String, count: Int = 1) throws -> String {
    try fault(ofSST2: Data(training.utf8), count: count)
  }

  private let again = "; take the file as it is published"

  // MARK: Layouts

  @Test func colaHasFourColumnsWithoutNames() throws {
    let dataset = try load(
      .cola, TextTask(target: .classes(["unacceptable", "acceptable"]), isPair: false, metrics: [.matthews]),
      training: 2,
      files: [
        "CoLA/train.tsv": "gj04\t1\t\tOur friends won't buy this.\ngj04\t0\t*\tThey drank the pub.\n",
        "CoLA/dev.tsv": "gj04\t1\t\tThe sailors rode the breeze.\n",
      ])
    #expect(
      dataset.examples == [
        TextExample(first: "Our friends won't buy this.", label: 1), TextExample(first: "They drank the pub."),
        TextExample(first: "The sailors rode the breeze.", label: 1),
      ])
    #expect(dataset.partition == .official(training: 2, evaluations: [.init(name: "test", examples: 1)]))
  }

  @Test func sst2IsReadByTheNamesOfItsColumns() throws {
    let dataset = try load(
      .sst2, Samples.moods, training: 2,
      files: ["SST-2/train.tsv": "label\tsentence\n0\thide new \n1\twit\n", "SST-2/dev.tsv": "sentence\tlabel\nfun\t1"])
    #expect(dataset.examples.map(\.first) == ["hide new ", "wit", "fun"])
    #expect(dataset.examples.map(\.label) == [0, 1, 1])
  }

  @Test func mrpcIsReadWithItsByteOrderMark() throws {
    let names = "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"
    let dataset = try load(
      .mrpc, Samples.claims, training: 1,
      files: [
        "MRPC/train.tsv": names + "1\t7\t8\tHe said \"no.\tHe said no.\r\n",
        "MRPC/dev.tsv": names + "0\t9\t10\tOne\tTwo\r\n",
      ])
    #expect(
      dataset.examples == [
        TextExample(first: "He said \"no.", second: "He said no.", label: 1), TextExample(first: "One", second: "Two"),
      ])
  }

  @Test func mrpcIsDividedByTheListOfDevelopmentPairs() throws {
    let pairs = [(1, "1\t2"), (0, "1\t4"), (1, "5\t6")].enumerated().map { index, pair in
      "\(pair.0)\t\(pair.1)\tfirst \(index)\tsecond \(index)\n"
    }
    let names = "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    var files = ["MRPC/msr_paraphrase_train.txt": names + pairs.joined()]
    let missing = try folder(.mrpc, Samples.claims, training: 2, evaluations: [1], files: files)
    #expect(
      throws: DatasetError.userFilesMissing(
        dataset: "task", files: ["MRPC/dev_ids.tsv"], folder: missing.path("task"), layout: "the files")
    ) { try missing.store.loadText("task") }
    files["MRPC/dev_ids.tsv"] = "1\t4\n"
    let dataset = try load(.mrpc, Samples.claims, training: 2, files: files)
    #expect(dataset.examples.map(\.first) == ["first 0", "first 2", "first 1"])
    #expect(dataset.examples.map(\.label) == [1, 1, 0])
  }

  @Test func microsoftsOwnDivisionHasItsTestFile() throws {
    let names = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    let dataset = try load(
      .msrParaphrase, Samples.claims, training: 1,
      files: [
        "MRPC/msr_paraphrase_train.txt": names + "1\t7\t8\ta\tb\n",
        "MRPC/msr_paraphrase_test.txt": names + "0\t9\t1\tc\td\n",
      ])
    #expect(dataset.examples.map(\.second) == ["b", "d"])
  }

  @Test func qqpLeavesOutAndCountsIncompleteLines() throws {
    let names = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    let dataset = try load(
      .qqp, Samples.claims, training: 2,
      files: [
        "QQP/train.tsv": names
          + "1\t1\t2\tWhy?\tHow?\t0\n2\t3\t4\tHalf a line\n3\t5\t6\tWho?\t\t0\n4\t7\t8\tA?\tB?\t1\n",
        "QQP/dev.tsv": names + "5\t9\t10\tC?\tD?\t1\n",
      ])
    #expect(dataset.examples.map(\.first) == ["Why?", "A?", "C?"])
    #expect(dataset.remarks == ["QQP/train.tsv: 2 lines left out, without a column or a text"])
  }

  @Test func stsbHasScores() throws {
    let names = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
    let row = "0\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\tA plane.\tAn air plane.\t"
    var task = Samples.grades
    task.isPair = true
    let files = { (score: String) in ["STS-B/train.tsv": names + row + score, "STS-B/dev.tsv": names + row + "0.500\n"]
    }
    let dataset = try load(.stsb, task, training: 1, files: files("5.000\n"))
    #expect(dataset.examples.map(\.score) == [5, 0.5])
    #expect(dataset.examples[0].second == "An air plane.")
    for score in ["5.1", "-1", "nan", "good", ""] {
      let folder = try folder(.stsb, task, training: 1, evaluations: [1], files: files(score + "\n"))
      let error = #expect(throws: DatasetError.self) { try folder.store.loadText("task") }
      #expect(
        try #require(error).description.hasSuffix(
          "line 2 has the score '\(score)', expected a number from 0.0 to 5.0" + again), "\(score)")
    }
  }

  @Test func mnliHasTwoEvaluationsAndLeavesOutPairsWithoutALabel() throws {
    let names =
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
      + "sentence2_parse\tsentence1\tsentence2\t"
    func row(_ first: String, _ labels: String) -> String {
      "0\t1\t1n\tfiction\t( )\t( )\t(R)\t(R)\t\(first)\tb\t\(labels)\n"
    }
    let dataset = try load(
      .mnli,
      TextTask(target: .classes(["entailment", "neutral", "contradiction"]), isPair: true, metrics: [.accuracy]),
      training: 3, evaluations: [1, 1],
      files: [
        "MNLI/train.tsv": names + "label1\tgold_label\n" + row("a", "neutral\tneutral") + row("c", "neutral\t-")
          + row("d", "neutral\tcontradiction") + row("e", "entailment\tentailment"),
        "MNLI/dev_matched.tsv": names + "label1\tlabel2\tgold_label\n" + row("f", "neutral\tneutral\tentailment"),
        "MNLI/dev_mismatched.tsv": names + "label1\tlabel2\tgold_label\n" + row("g", "neutral\tneutral\tneutral"),
      ])
    #expect(dataset.examples.map(\.label) == [1, 2, 0, 0, 1])
    #expect(dataset.remarks == ["MNLI/train.tsv: 1 line left out, without a label"])
    let split = try dataset.split(
      replicate: 0,
      config: Samples.config(fingerprint: dataset.fingerprint))
    #expect(split.evaluations.map(\.name) == ["test", "test-mismatched"])
    #expect(split.evaluations.map { dataset.examples[$0.subset.indices[0]].first } == ["f", "g"])
  }

  @Test(arguments: [
    (TextSource.qnli, "index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tnot_entailment\n", 1),
    (.rte, "index\tsentence1\tsentence2\tlabel\n0\tWho?\tHe.\tentailment\n", 0),
    (.wnli, "index\tsentence1\tsentence2\tlabel\n0\tWho?\tHe.\t1\n", 1),
  ])
  func otherPairsAreReadByTheNamesOfTheirColumns(source: TextSource, text: String, label: Int) throws {
    let folder = try #require(source.glue).folder
    let dataset = try load(
      source, Samples.claims, training: 1, files: ["\(folder)/train.tsv": text, "\(folder)/dev.tsv": text])
    #expect(dataset.examples == Array(repeating: TextExample(first: "Who?", second: "He.", label: label), count: 2))
  }

  // MARK: Bad input

  @Test func missingFilesAreNamedWithTheirPlace() throws {
    let folder = try folder(
      .sst2, Samples.moods, training: 1, evaluations: [1], files: ["SST-2/train.tsv": "sentence\tlabel\na\t1\n"])
    let expected =
      "data set 'task' is not fetchable: its terms let only you bring it; 'SST-2/dev.tsv' missing in "
      + "'\(folder.path("task"))', where the files belong"
    for read in [
      { _ = try folder.store.loadText("task") }, { try folder.store.verify("task") },
      { try folder.store.fetch("task") },
    ] as [() throws -> Void] {
      let error = #expect(throws: DatasetError.self) { try read() }
      #expect(try #require(error).description == expected)
    }
    #expect(try folder.store.status("task").state == .userProvided)
    try folder.write(Data("sentence\tlabel\na\t1\n".utf8), to: "datasets/task/SST-2/dev.tsv")
    #expect(try folder.store.status("task").state == .fetched)
    try folder.store.verify("task")
    try folder.write(Data("sentence\tlabel\na\t2\n".utf8), to: "datasets/task/SST-2/dev.tsv")
    let fault = #expect(throws: DatasetError.self) { try folder.store.verify("task") }
    #expect(try folder.store.status("task").state == .corrupt([try #require(fault)]))
  }

  @Test func strayQuoteSwallowsNoLine() throws {
    let dataset = try load(
      .sst2, Samples.moods, training: 3,
      files: [
        "SST-2/train.tsv": "sentence\tlabel\n\"open\t1\nnext 'one\t0\nlast\"\t1\n",
        "SST-2/dev.tsv": "sentence\tlabel\na\t1\n",
      ])
    #expect(dataset.examples.prefix(3).map(\.first) == ["\"open", "next 'one", "last\""])
  }

  @Test func faultsNameLineAndRemedy() throws {
    #expect(
      try fault(ofSST2: "text\tlabel\na\t1\n")
        == "it has no column 'sentence': its first line names 'text', 'label'\(again), tabs between its columns")
    #expect(
      try fault(ofSST2: "sentence,label\na,1\n")
        == "it has no column 'sentence': its first line names 'sentence,label'\(again), tabs between its columns")
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\t1\nb\tgood\n")
        == "line 3 has the label 'good', expected one of '0', '1'" + again)
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\t1\n  \t1\n")
        == "line 3 has no text in 'sentence'; complete or remove the line")
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\nb\t1\n") == "line 2 has 1 column, expected 2" + again)
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\t1\n\nb\t1\n") == "line 3 has 1 column, expected 2" + again)
    for empty in ["", "\n\r\n", "sentence\tlabel\n"] {
      #expect(try fault(ofSST2: empty) == "it holds no example" + again)
    }
    #expect(
      try fault(ofSST2: Data("sentence\tlabel\na\t1\n".utf8) + Data([0xFF, 0x09, 0x31]))
        == "line 3 is not UTF-8 text; convert the file to UTF-8")
    #expect(
      try fault(ofSST2: Data([0xFF, 0xFE]) + Data("sentence\tlabel\n".utf8))
        == "line 1 is not UTF-8 text; convert the file to UTF-8")
    #expect(
      try fault(ofSST2: "sentence\tlabel\n" + String(repeating: "a", count: 1 << 21) + "\t1\n")
        == "line 2 has more than 1048576 bytes\(again), with an example a line")
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\t1\n", count: 100)
        == "it holds 1 examples, the published file 100 or a few less or more" + again)
  }

  @Test func countMayDifferByAHundredth() throws {
    let rows = { (count: Int) in "sentence\tlabel\n" + String(repeating: "a\t1\n", count: count) }
    for count in [198, 200, 202] {
      let dataset = try load(
        .sst2, Samples.moods, training: 200, files: ["SST-2/train.tsv": rows(count), "SST-2/dev.tsv": rows(1)])
      #expect(dataset.partition == .official(training: count, evaluations: [.init(name: "test", examples: 1)]))
    }
    for count in [197, 203] {
      #expect(try fault(ofSST2: rows(count), count: 200).hasPrefix("it holds \(count) examples"))
    }
  }

  /// Words of a file that a message quotes are short and hold no control characters.
  @Test func quotedWordsAreShort() throws {
    let long = String(repeating: "x", count: 100)
    #expect(
      try fault(ofSST2: "sentence\tlabel\na\t\u{1B}\(long)\n")
        == "line 2 has the label ' \(long.prefix(39))…', expected one of '0', '1'" + again)
  }

  @Test func aLineOfAHundredThousandCharactersIsReadAndCutAtOnce() throws {
    let long = String(repeating: "a", count: 50_000) + String(repeating: " b", count: 25_000)
    let dataset = try load(
      .sst2, Samples.moods, training: 1,
      files: ["SST-2/train.tsv": "sentence\tlabel\n\(long)\t1\n", "SST-2/dev.tsv": "sentence\tlabel\na\t1\n"])
    let tokenizer = BertTokenizer(
      vocabulary: try WordPieceVocabulary(Data("[PAD]\n[UNK]\n[CLS]\n[SEP]\nb\n".utf8)), lowercasing: true)
    let clock = ContinuousClock()
    let start = clock.now
    let texts = EncodedTexts(TextSubset(of: dataset, at: [0]), tokenizer: tokenizer, maximumLength: 5)
    #expect(texts.inputs[0].ids == [2, 1, 4, 4, 3])
    #expect(texts.truncated == 1)
    #expect(clock.now - start < .seconds(5))
  }
}
