import Dispatch
import Synchronization

/// Files that are read in the background, while those before them are written.
final class BackgroundReading<Item: Sendable, Outcome: Sendable>: Sendable {
  let items: [Item]
  private let results = Mutex<[Outcome]>([])
  private let group = DispatchGroup()

  /// Begins to `read` what `items` say.
  init(_ items: [Item], read: @escaping @Sendable ([Item]) -> [Outcome]) {
    self.items = items
    DispatchQueue.global().async(group: group) { [self] in
      let outcomes = read(items)
      results.withLock { $0 = outcomes }
    }
  }

  /// What was read of each item, once all are read.
  func outcomes() -> [Outcome] {
    group.wait()
    return results.withLock { $0 }
  }

  /// Reads `batches` one after the other and hands each to `write`, which works while the next is read.
  ///
  /// - Throws: what `write` throws.
  static func run<Failure>(
    _ batches: [[Item]], read: @escaping @Sendable ([Item]) -> [Outcome],
    write: ([Item], [Outcome]) throws(Failure) -> Void
  ) throws(Failure) {
    var left = batches[...]
    var reading = left.popFirst().map { BackgroundReading($0, read: read) }
    while let current = reading {
      let outcomes = current.outcomes()
      reading = left.popFirst().map { BackgroundReading($0, read: read) }
      try write(current.items, outcomes)
    }
  }
}
