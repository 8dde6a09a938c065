import Foundation

/// Files and columns of one of GLUE's tasks, as its authors publish them.
///
/// The labels of the official test files are not public, so that the development files are what a run is evaluated on.
///
/// - Source: Wang, Singh, Michael, Hill, Levy, Bowman 2019, arXiv 1804.07461, and the files that the benchmark's page hands out.
package struct GLUELayout: Equatable, Sendable {
  /// Below the data set's folder.
  var folder: String
  /// The training file, then one for every evaluation part.
  var files: [String]
  var columns: Columns
  /// What the file has for each class, by its index; empty for scores.
  var labels: [String] = []
  /// What stands for an example that its annotators did not agree on.
  var withoutLabel: String?
  /// Whether lines without one of the columns or with an empty text are left out: the official file has such.
  var leavesOutIncomplete = false

  enum Columns: Equatable, Sendable {
    /// By the names in the first line.
    case named(first: String, second: String?, target: String)
    /// Counted from 0, in files without a line of names.
    case numbered(first: Int, target: Int)
  }

  static let cola = Self(
    folder: "CoLA", files: ["train.tsv", "dev.tsv"], columns: .numbered(first: 3, target: 1), labels: ["0", "1"])

  static let sst2 = Self(
    folder: "SST-2", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "sentence", second: nil, target: "label"), labels: ["0", "1"])

  static let mrpc = Self(
    folder: "MRPC", files: ["train.tsv", "dev.tsv"], columns: paraphraseColumns, labels: ["0", "1"])

  static let msrParaphrase = Self(
    folder: "MRPC", files: ["msr_paraphrase_train.txt", "msr_paraphrase_test.txt"], columns: paraphraseColumns,
    labels: ["0", "1"])

  static let qqp = Self(
    folder: "QQP", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "question1", second: "question2", target: "is_duplicate"), labels: ["0", "1"],
    leavesOutIncomplete: true)

  static let stsb = Self(
    folder: "STS-B", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "sentence1", second: "sentence2", target: "score"))

  static let mnli = Self(
    folder: "MNLI", files: ["train.tsv", "dev_matched.tsv", "dev_mismatched.tsv"],
    columns: .named(first: "sentence1", second: "sentence2", target: "gold_label"),
    labels: ["entailment", "neutral", "contradiction"], withoutLabel: "-")

  static let qnli = Self(
    folder: "QNLI", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "question", second: "sentence", target: "label"), labels: ["entailment", "not_entailment"])

  static let rte = Self(
    folder: "RTE", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "sentence1", second: "sentence2", target: "label"), labels: ["entailment", "not_entailment"])

  static let wnli = Self(
    folder: "WNLI", files: ["train.tsv", "dev.tsv"],
    columns: .named(first: "sentence1", second: "sentence2", target: "label"), labels: ["0", "1"])

  private static let paraphraseColumns = Columns.named(first: "#1 String", second: "#2 String", target: "Quality")

  var isPair: Bool {
    if case .named(_, .some, _) = columns { true } else { false }
  }

  /// Examples in the bytes of one file.
  ///
  /// - Throws: the first fault.
  package func examples(in data: Data, target: TextTask.Target) throws(FileFault) -> TextFile {
    let rules = TextFile.Rules(
      target: target, labels: labels, withoutLabel: withoutLabel, leavesOutIncomplete: leavesOutIncomplete)
    switch columns {
    case .numbered(let first, let target):
      return try TextFile(data, hasNames: false, rules: rules) { _ in TextColumns(first: first, target: target) }
    case .named(let first, let second, let target):
      return try TextFile(data, hasNames: true, rules: rules) { (names) throws(FileFault) in
        try TextColumns(first: first, second: second, target: target, in: names)
      }
    }
  }
}
