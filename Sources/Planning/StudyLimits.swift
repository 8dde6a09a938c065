/// What a study's program may use before it is stopped; a study that only declares values needs a hundredth of it.
package struct StudyLimits: Equatable, Sendable {
  /// Wall-clock time.
  package var seconds: Int
  package var processorSeconds: Int
  package var memoryBytes: Int
  /// Of each file that it writes, its output included.
  package var fileBytes: Int

  package static let standard = StudyLimits(
    seconds: 20, processorSeconds: 10, memoryBytes: 2 << 30, fileBytes: 64 << 20)

  package init(seconds: Int, processorSeconds: Int, memoryBytes: Int, fileBytes: Int) {
    self.seconds = seconds
    self.processorSeconds = processorSeconds
    self.memoryBytes = memoryBytes
    self.fileBytes = fileBytes
  }
}
