import Foundation

/// The machine that an attempt runs on.
///
/// Its name alone is not enough: containers on one machine have names of their own, and share its kernel with its locks.
struct MachineID: Equatable {
  var host: String
  /// Of the running kernel; another after every start.
  var bootID: String

  static let current = Self(ProcessInfo.processInfo.hostName, bootID: ProcessIdentity.current().bootID)

  init(_ host: String, bootID: String) {
    self.host = host
    self.bootID = bootID
  }

  /// What the first line of a journal says; nil for any other line.
  init?(_ line: JournalLine?) {
    guard case .attempt(let start)? = line?.entry else { return nil }
    self.init(start.provenance.host, bootID: start.process.bootID)
  }

  /// Whether it is another than this one: its processes and locks cannot be seen from here.
  var isAnother: Bool { host != Self.current.host && bootID != Self.current.bootID }
}
