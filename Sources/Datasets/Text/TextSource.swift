import Foundation

/// Where the texts of a data set come from: which files, and how they are laid out.
package enum TextSource: String, Codable, CaseIterable, Sendable {
  /// Sentences from film reviews with people's mean ratings, or with the ratings' signs.
  case movieSnippets
  /// Passages and claims of a BIG-bench task file.
  case vitaminC
  // The official files of GLUE's tasks.
  case cola
  case sst2
  case mrpc
  /// The two files that MRPC is made from, with their own division.
  case msrParaphrase
  case qqp
  case stsb
  case mnli
  case qnli
  case rte
  case wnli

  /// Layout of the files that a user brings; nil for files that a package brings.
  package var glue: GLUELayout? {
    switch self {
    case .movieSnippets, .vitaminC: nil
    case .cola: .cola
    case .sst2: .sst2
    case .mrpc: .mrpc
    case .msrParaphrase: .msrParaphrase
    case .qqp: .qqp
    case .stsb: .stsb
    case .mnli: .mnli
    case .qnli: .qnli
    case .rte: .rte
    case .wnli: .wnli
    }
  }

  /// Whether its examples are two texts each.
  var isPair: Bool { glue?.isPair ?? (self == .vitaminC) }

  /// Examples in the bytes of what a package brings.
  ///
  /// - Throws: the first fault.
  package func lines(of data: Data, task: TextTask) throws(FileFault) -> [ExamplesFile.Line] {
    switch self {
    case .movieSnippets: try MovieSnippets.decode(data, target: task.target)
    case .vitaminC: try FactTask.decode(data, classes: task.classes)
    case .cola, .sst2, .mrpc, .msrParaphrase, .qqp, .stsb, .mnli, .qnli, .rte, .wnli:
      preconditionFailure("TextSource.lines: '\(rawValue)' comes from no package")
    }
  }
}
