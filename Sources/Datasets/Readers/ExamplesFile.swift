import Foundation

/// The file `examples.tsv` that a fetch decodes a package's texts into: a line of names, then an example a line.
///
/// Its columns are `target` (a class's name, or a score as the package writes it), `first`, for pairs `second`, and
/// `group` where examples of a group belong together.
package enum ExamplesFile {
  static let name = "examples.tsv"

  /// One line.
  package struct Line: Equatable {
    var target: String
    var first: String
    var second: String?
    var group: String?
  }

  /// The file of some lines.
  ///
  /// - Precondition: all or none of them have a second text, and likewise a group.
  /// - Throws: `separatorInText` for a text with a tab or a line's end, `noExamples`.
  static func file(_ lines: [Line]) throws(FileFault) -> Data {
    guard let sample = lines.first else { throw .noExamples }
    precondition(
      lines.allSatisfy { ($0.second == nil) == (sample.second == nil) && ($0.group == nil) == (sample.group == nil) },
      "ExamplesFile.file: lines of two kinds")
    var names = ["target", "first"]
    if sample.second != nil { names.append("second") }
    if sample.group != nil { names.append("group") }
    var text = names.joined(separator: "\t") + "\n"
    for (index, line) in lines.enumerated() {
      let fields = [line.target, line.first] + [line.second, line.group].compactMap(\.self)
      guard fields.allSatisfy({ $0.utf8.allSatisfy { ![9, 10, 13].contains($0) } }) else {
        throw .separatorInText(example: index)
      }
      text += fields.joined(separator: "\t") + "\n"
    }
    return Data(text.utf8)
  }

  /// Examples and groups of a file.
  ///
  /// - Throws: the first fault.
  package static func read(_ data: Data, content: TextContent) throws(FileFault) -> TextFile {
    let rules = TextFile.Rules(target: content.task.target, labels: content.task.classes)
    let second = content.task.isPair ? "second" : nil
    let group: String? = if case .groupFolds = content.partition { "group" } else { nil }
    let file = try TextFile(data, hasNames: true, rules: rules) { (names) throws(FileFault) in
      try TextColumns(first: "first", second: second, target: "target", group: group, in: names)
    }
    let expected = content.partition.exampleCount
    guard file.examples.count == expected else {
      throw .wrongCount(of: "examples", expected: expected, actual: file.examples.count)
    }
    return file
  }
}
