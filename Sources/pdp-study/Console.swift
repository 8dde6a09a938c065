import Foundation
import Glibc
import Synchronization

/// The program's two streams: data go to standard output, everything else to standard error.
enum Console {
  /// How much is said on standard error.
  enum Level: Int {
    /// Errors, and what did not go well.
    case quiet
    case usual
    /// With which files are used.
    case verbose
  }

  private static let chosenLevel = Atomic<Int>(Level.usual.rawValue)

  static var level: Level {
    get { Level(rawValue: chosenLevel.load(ordering: .relaxed)) ?? .usual }
    set { chosenLevel.store(newValue.rawValue, ordering: .relaxed) }
  }

  static func output(_ text: String) { write(text, to: .standardOutput) }

  static func diagnostic(_ text: String) { write(text, to: .standardError) }

  /// What is worth knowing, and no error.
  static func note(_ text: String) { if level != .quiet { diagnostic(text) } }

  /// What helps to find out what is going on.
  static func detail(_ text: String) { if level == .verbose { diagnostic(printable(text)) } }

  /// Writes `text` as it is, without a newline, to standard error.
  static func raw(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether colours are wanted on standard error.
  static func usesColour(_ options: GlobalOptions) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    return isErrorTerminal && !options.noColor && (environment["NO_COLOR"] ?? "").isEmpty
      && environment["TERM"] != "dumb"
  }

  /// Columns of the terminal behind standard error.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return Int(size.ws_col)
  }

  /// `text` with control characters made visible, so that a name or a log cannot steer the terminal.
  static func printable(_ text: String) -> String {
    // Plain ASCII, which nearly all text is, stays as it is.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    return String(
      text.unicodeScalars.map { scalar in
        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
          ? "\u{FFFD}" : Character(scalar)
      })
  }

  /// The same for text of several lines.
  static func printableLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(separator: "\n")
  }

  /// A file's path, from the current folder where it lies below that.
  static func shortPath(_ url: URL) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return url.path.hasPrefix(folder) ? String(url.path.dropFirst(folder.count)) : url.path
  }

  private static func write(_ text: String, to file: FileHandle) {
    // A reader that has gone away is no reason to crash.
    try? file.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }
}
