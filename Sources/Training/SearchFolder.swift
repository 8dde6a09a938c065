import Foundation

/// What a search for a knob's value leaves on disk: its trials so far, and the checkpoints of the running one.
struct SearchFolder {
  let url: URL

  init(_ url: URL) {
    self.url = url
  }

  private var file: URL { url.appending(path: "trials.json") }

  /// The trials done; none where there is no file.
  ///
  /// - Throws: `.searchUnreadable`.
  func read() throws(TrainingError) -> KnobSearching {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      guard FileManager.default.fileExists(atPath: file.path) else { return KnobSearching() }
      return try JSONDecoder().decode(KnobSearching.self, from: Data(contentsOf: file))
    } catch {
      throw .searchUnreadable(path: file.path, reason: error.localizedDescription)
    }
  }

  /// - Throws: `.checkpointUnwritable`.
  func write(_ searching: KnobSearching) throws(TrainingError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try encoder.encode(searching).write(to: file, options: .atomic)
    } catch {
      throw .checkpointUnwritable(path: file.path, reason: error.localizedDescription)
    }
  }
}
