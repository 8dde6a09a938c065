/// How well predicted classes agree with the labels of a set of examples.
package struct ClassificationMetrics: Equatable, Sendable {
  private let predictions: [Int]
  private let labels: [Int]

  /// - Precondition: as many predictions as labels, and at least one.
  package init(predictions: [Int], labels: [Int]) {
    precondition(
      predictions.count == labels.count && !labels.isEmpty,
      "ClassificationMetrics: needs as many predictions as labels and at least one, got \(predictions.count) and "
        + "\(labels.count)")
    self.predictions = predictions
    self.labels = labels
  }

  /// Fraction of the examples whose class is predicted.
  package var accuracy: Double { Double(count { $0 == $1 }) / Double(labels.count) }

  /// Harmonic mean of precision and recall of class 1; 0 if no example of class 1 is found.
  ///
  /// - Note: 0 also where class 1 is neither predicted nor a label, as in scikit-learn.
  package var f1: Double {
    let found = count { $0 == 1 && $1 == 1 }
    let wrong = count { ($0 == 1) != ($1 == 1) }
    return found == 0 ? 0 : 2 * Double(found) / Double(2 * found + wrong)
  }

  /// Matthews correlation of predictions and labels, -1 (two classes, all wrong) to 1 (all right); 0 if either is
  /// constant.
  ///
  /// - Source: Gorodkin 2004, doi 10.1016/j.compbiolchem.2004.09.006, equation 8; with two classes it is Matthews 1975.
  package var matthews: Double {
    let classes = Set(predictions).union(labels).sorted()
    let total = Double(labels.count)
    let correct = Double(count { $0 == $1 })
    let predicted = classes.map { one in Double(predictions.count { $0 == one }) }
    let actual = classes.map { one in Double(labels.count { $0 == one }) }
    func product(_ first: [Double], _ second: [Double]) -> Double { zip(first, second).reduce(0) { $0 + $1.0 * $1.1 } }
    let spread = (total * total - product(predicted, predicted)) * (total * total - product(actual, actual))
    return spread == 0 ? 0 : (correct * total - product(predicted, actual)) / spread.squareRoot()
  }

  private func count(where holds: (_ prediction: Int, _ label: Int) -> Bool) -> Int {
    zip(predictions, labels).count { holds($0, $1) }
  }
}
