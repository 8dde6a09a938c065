import Foundation

/// A process on one boot of one machine: process ids alone are used again.
package struct ProcessIdentity: Codable, Equatable, Sendable {
  package var bootID: String
  package var pid: Int
  /// Clock ticks between boot and the start of the process.
  package var startTicks: Int

  package init(bootID: String, pid: Int, startTicks: Int) {
    self.bootID = bootID
    self.pid = pid
    self.startTicks = startTicks
  }

  /// This process; fields that the kernel does not tell are empty or 0.
  package static func current() -> ProcessIdentity {
    let bootID = text(of: "/proc/sys/kernel/random/boot_id")
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    let fields = text(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
    return ProcessIdentity(
      bootID: bootID, pid: Int(ProcessInfo.processInfo.processIdentifier),
      startTicks: fields.count > 19 ? Int(fields[19]) ?? 0 : 0
    )
  }

  private static func text(of path: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
