import Foundation
import RunStore
import Training

/// Room on the disk that is kept for an attempt's last lines, so that an attempt which fills the disk can say so.
struct DiskReserve {
  /// More than the lines about the end take, with what may wait in the journal's buffer.
  private static let bytes = 1 << 18

  private let url: URL

  /// Takes the room.
  ///
  /// - Throws: `RunStoreError.diskFull`, `.fileSystem`.
  init(in attempt: URL) throws(RunStoreError) {
    url = attempt.appending(path: ".reserve")
    do {
      // Written, not only claimed: a hole in a file takes no room.
      try Data(repeating: 0xFF, count: Self.bytes).write(to: url)
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      try file.synchronize()
    } catch {
      release()
      if isDiskFull(error) { throw .diskFull(path: url.path) }
      throw .fileSystem(path: url.path, operation: "write", reason: (error as NSError).localizedDescription)
    }
  }

  /// Gives the room back; nothing happens a second time.
  func release() { try? FileManager.default.removeItem(at: url) }
}

/// Whether a run that ended so can go on once there is room on the disk.
func isForWantOfRoom(_ error: any Error) -> Bool {
  switch error {
  case RunStoreError.diskFull, TrainingError.diskFull: true
  default: false
  }
}
