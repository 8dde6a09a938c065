import Datasets
import Execution
import Foundation

/// Progress of fetching one data set: a line that changes on a terminal, a line every ten seconds elsewhere.
final class FetchLine {
  private let name: String
  private let isLive: Bool
  private var lastLine = Date.distantPast

  init(name: String, isLive: Bool) {
    self.name = name
    self.isLive = isLive
  }

  /// Fetches a data set with its progress on standard error; a stop request interrupts it.
  ///
  /// - Returns: false if it was already there; it is verified either way.
  static func fetch(_ name: String, into store: DatasetStore) throws -> Bool {
    let line = FetchLine(name: name, isLive: Console.isErrorTerminal)
    defer { line.close() }
    return try store.fetch(name) { step in
      line.show(step)
      return StopSignals.count == 0
    }
  }

  func show(_ step: FetchProgress) {
    guard Date().timeIntervalSince(lastLine) >= (isLive ? 0.1 : 10) else { return }
    lastLine = Date()
    let text =
      switch step {
      case .downloading(let file, let bytes, let total):
        "downloading \(file), \(Format.bytes(bytes))" + (total.map { " of \(Format.bytes($0))" } ?? "")
      case .extracting(let file): "extracting \(file)"
      case .decoding(let images, let total): "decoding images, \(images) of \(total)"
      case .decodingTexts(let file): "decoding \(file)"
      }
    let line = Console.printable("\(name): \(text)")
    if isLive {
      Console.raw("\r\u{1B}[2K" + String(line.prefix(Console.width - 1)))
    } else {
      Console.diagnostic(line)
    }
  }

  func close() {
    if isLive { Console.raw("\r\u{1B}[2K") }
  }
}
