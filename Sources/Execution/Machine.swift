import Foundation

/// Facts about this machine and process, from the kernel's files; empty or 0 where it does not tell.
package enum Machine {
  package static var cpu: String { field("model name", of: "/proc/cpuinfo") }

  /// Compiler that built this program, and how.
  package static var toolchain: String {
    #if compiler(>=6.4)
    let compiler = "swift 6.4 or later"
    #else
    let compiler = "swift 6.3"
    #endif
    #if DEBUG
    return compiler + " debug"
    #else
    return compiler + " release"
    #endif
  }

  /// Highest resident memory of this process so far, in bytes.
  package static var peakMemoryBytes: Int? {
    field("VmHWM", of: "/proc/self/status").split(separator: " ").first.flatMap { Int($0) }.map { $0 << 10 }
  }

  private static func field(_ name: String, of path: String) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return ""
  }
}
