import Foundation

/// Passages and claims of a BIG-bench task file: JSON whose examples hold a text and a score for each class.
///
/// The text is `Title: passage`, a line's end, `Claim: claim`. The passage keeps its page's title, as the task shows it,
/// because many passages name their subject nowhere else; the title, which has no colon of its own (`-COLON-` stands for
/// it), is the group.
///
/// - Source: Schuster, Fisch, Barzilay, "Get Your Vitamin C!", 2021, arXiv 2103.08541.
enum FactTask {
  private struct File: Decodable {
    var examples: [Example]
  }

  private struct Example: Decodable {
    var input: String
    var scores: [String: Double]

    enum CodingKeys: String, CodingKey {
      case input
      case scores = "target_scores"
    }
  }

  /// Every example of a task file.
  ///
  /// - Throws: `json`; `malformedExample` for a text of another form or a label that is not exactly one of `classes`.
  static func decode(_ data: Data, classes: [String]) throws(FileFault) -> [ExamplesFile.Line] {
    let examples: [Example]
    do {
      examples = try JSONDecoder().decode(File.self, from: data).examples
    } catch let error as DecodingError {
      throw .json(describe(error))
    } catch {
      throw .json(reason(of: error))
    }
    var lines: [ExamplesFile.Line] = []
    for (index, example) in examples.enumerated() {
      let chosen = example.scores.filter { $0.value == 1 }.keys
      let parts = example.input.components(separatedBy: "\nClaim: ")
      guard
        chosen.count == 1, let label = chosen.first, classes.contains(label), parts.count == 2,
        let colon = parts[0].range(of: ": "), !trimmed(parts[1]).isEmpty,
        !trimmed(String(parts[0][colon.upperBound...])).isEmpty
      else { throw .malformedExample(index) }
      lines.append(
        .init(target: label, first: parts[0], second: parts[1], group: String(parts[0][..<colon.lowerBound])))
    }
    return lines
  }
}
