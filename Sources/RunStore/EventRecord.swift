import Training

/// Something worth telling about an attempt.
package struct EventRecord: Codable, Equatable, Sendable {
  package var level: EventLevel
  package var kind: String
  package var message: String

  package init(level: EventLevel, kind: String, message: String) {
    self.level = level
    self.kind = kind
    self.message = message
  }
}
