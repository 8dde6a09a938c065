import Foundation
import RunStore

/// The file `error.txt` of a run, there exactly while its newest attempt is one that failed.
struct ErrorNote {
  let layout: ResultsLayout
  let run: String

  func update(_ end: AttemptEnd) throws {
    let url = layout.error(run)
    if end.status == .failed || end.status == .diverged {
      try Data("\(end.status.rawValue): \(end.reason)\n".utf8).write(to: url, options: .atomic)
    } else if FileManager.default.fileExists(atPath: url.path) {
      try FileManager.default.removeItem(at: url)
    }
  }
}
