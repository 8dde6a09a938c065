/// A headline number of a run, taken after its last step.
package struct ResultPoint: Codable, Equatable, Sendable {
  package var name: String
  package var step: Int
  package var value: Double

  package init(name: String, step: Int, value: Double) {
    self.name = name
    self.step = step
    self.value = value
  }
}
