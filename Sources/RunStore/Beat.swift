/// Sign of life of an attempt.
package struct Beat: Codable, Equatable, Sendable {
  /// Step edges that this attempt has passed, counted from its own start.
  package var stepsDone: Int

  package init(stepsDone: Int) {
    self.stepsDone = stepsDone
  }
}
