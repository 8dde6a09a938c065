/// What a text task is scored by.
package enum TextMetric: String, Codable, CaseIterable, Sendable {
  /// Share of examples whose class is right.
  case accuracy
  /// Harmonic mean of precision and recall of the class of index 1.
  case f1
  /// Matthews' correlation of the two classes.
  case matthews
  /// Pearson's correlation of scores.
  case pearson
  /// Spearman's correlation of scores: that of their ranks.
  case spearman
}
