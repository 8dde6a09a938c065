import Training

/// Predictions with their labels, scores with their targets, and the metrics that they must have.
struct MetricsCase: Decodable {
  private var predictions: [Int]?
  private var labels: [Int]?
  private var scores: [Double]?
  private var targets: [Double]?
  private var expected: [(metric: Metric, value: Double)] = []
  /// Cases of the same form under a key of their own.
  private var groups: [(name: String, content: Self)] = []

  private enum Metric: String {
    case accuracy
    case f1
    case matthews
    case pearson
    case spearman
  }

  /// Reference values are of double precision; the cases state no tolerance.
  private static let tolerance = 1e-6

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: JSONKey.self)
    for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
      switch key.stringValue {
      case "prediction": predictions = try container.decode([Int].self, forKey: key)
      case "label": labels = try container.decode([Int].self, forKey: key)
      case "score": scores = try container.decode([Double].self, forKey: key)
      case "target": targets = try container.decode([Double].self, forKey: key)
      case let name:
        if let metric = Metric(rawValue: name) {
          expected.append((metric, try container.decode(Double.self, forKey: key)))
        } else if (try? container.nestedContainer(keyedBy: JSONKey.self, forKey: key)) != nil {
          groups.append((name, try container.decode(Self.self, forKey: key)))
        } else {
          try container.refuseUnknown(key)
        }
      }
    }
  }

  func run(name: String) throws -> Conformance.Verdict {
    let values = try values(of: name, under: "")
    guard !values.isEmpty else { throw ConformanceError.nothingExpected(case: name) }
    // Written so that what is not a number never passes.
    let errors = values.map { abs($0.got - $0.expected) }
    let largest = errors.contains(where: \.isNaN) ? .nan : errors.max() ?? 0
    guard let index = errors.firstIndex(where: { !($0 <= Self.tolerance) }) else {
      return .passed(largestError: largest)
    }
    let value = values[index]
    return .failed(largestError: largest, where: "\(value.place): got \(value.got), expected \(value.expected)")
  }

  private func values(of name: String, under path: String) throws -> [(place: String, got: Double, expected: Double)] {
    var values = try expected.map { metric, value in
      (path + metric.rawValue, try self.value(of: metric, at: path + metric.rawValue, name: name), value)
    }
    for group in groups { values += try group.content.values(of: name, under: "\(path)\(group.name).") }
    return values
  }

  private func value(of metric: Metric, at place: String, name: String) throws -> Double {
    func pair<Value>(_ first: [Value]?, _ second: [Value]?) throws -> ([Value], [Value]) {
      guard let first, let second, first.count == second.count, !first.isEmpty else {
        throw ConformanceError.malformedInput(
          case: name, reason: "'\(place)' needs two lists of the same length, expected at least one example")
      }
      return (first, second)
    }
    func classification() throws -> ClassificationMetrics {
      let (predictions, labels) = try pair(predictions, labels)
      return ClassificationMetrics(predictions: predictions, labels: labels)
    }
    func correlation() throws -> CorrelationMetrics {
      let (scores, targets) = try pair(scores, targets)
      return CorrelationMetrics(scores: scores, targets: targets)
    }
    return switch metric {
    case .accuracy: try classification().accuracy
    case .f1: try classification().f1
    case .matthews: try classification().matthews
    case .pearson: try correlation().pearson
    case .spearman: try correlation().spearman
    }
  }
}
