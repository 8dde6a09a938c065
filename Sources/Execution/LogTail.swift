import Foundation

/// The end of a worker's log, as far as it tells people something.
enum LogTail {
  static let count = 8
  private static let bytes: UInt64 = 256 << 10

  /// The last lines of `log`, none if there is no log.
  ///
  /// Of a crash report by Swift only the first line is kept, without the stack and registers that follow it.
  static func lines(of log: URL) -> [String] {
    guard let file = try? FileHandle(forReadingFrom: log), let size = try? file.seekToEnd() else { return [] }
    defer { try? file.close() }
    guard (try? file.seek(toOffset: size > bytes ? size - bytes : 0)) != nil, let data = try? file.readToEnd() else {
      return []
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    let crash = lines.firstIndex { $0.hasPrefix("*** Program crashed") }
    return Array(lines[..<(crash.map { $0 + 1 } ?? lines.count)].suffix(count))
  }
}
