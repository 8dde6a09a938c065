/// What a data set of texts asks: a class or a score, of one text or of two.
package struct TextTask: Codable, Equatable, Sendable {
  package var target: Target
  /// Whether an example is two texts, such as a passage and a claim.
  package var isPair: Bool
  /// At least one; the first is the headline.
  package var metrics: [TextMetric]

  package init(target: Target, isPair: Bool, metrics: [TextMetric]) {
    self.target = target
    self.isPair = isPair
    self.metrics = metrics
  }

  /// What is predicted.
  package enum Target: Equatable, Sendable {
    /// One of these, by the class's index.
    case classes([String])
    /// A number between two ends.
    case score(lowest: Double, highest: Double)
  }

  /// Names of the classes by index; empty for scores.
  package var classes: [String] {
    if case .classes(let names) = target { names } else { [] }
  }

  /// Numbers that a network puts out for an example: one a class, or the score.
  package var outputs: Int { max(1, classes.count) }

  /// Whether a metric says something about this target.
  func allows(_ metric: TextMetric) -> Bool {
    switch metric {
    case .accuracy: !classes.isEmpty
    case .f1, .matthews: classes.count == 2
    case .pearson, .spearman: classes.isEmpty
    }
  }
}

extension TextTask.Target: Codable {
  private enum CodingKeys: String, CodingKey {
    case classes
    case score
  }

  private struct Ends: Codable {
    var lowest: Double
    var highest: Double
  }

  /// `{"classes": [names]}` or `{"score": {"lowest": 0, "highest": 5}}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let names = try container.decodeIfPresent([String].self, forKey: .classes) {
      self = .classes(names)
    } else {
      let ends = try container.decode(Ends.self, forKey: .score)
      self = .score(lowest: ends.lowest, highest: ends.highest)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .classes(let names): try container.encode(names, forKey: .classes)
    case .score(let lowest, let highest):
      try container.encode(Ends(lowest: lowest, highest: highest), forKey: .score)
    }
  }
}
