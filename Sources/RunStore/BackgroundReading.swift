import Dispatch
import Foundation
import Synchronization

/// Files that are read in the background, while those before them are written.
final class BackgroundReading<Item: Sendable, Outcome: Sendable>: Sendable {
  let items: [Item]
  private let read: @Sendable (Item) -> Outcome
  private let state = Mutex(State())
  private let group = DispatchGroup()

  private struct State {
    var next = 0
    var outcomes: [Int: Outcome] = [:]
  }

  /// Begins to `read` each of `items`, on all cores but the one that writes.
  init(_ items: [Item], read: @escaping @Sendable (Item) -> Outcome) {
    self.items = items
    self.read = read
    for _ in 0..<min(items.count, max(1, ProcessInfo.processInfo.activeProcessorCount - 1)) {
      DispatchQueue.global().async(group: group) { [self] in work() }
    }
  }

  /// What was read of each item, once all are read; the caller helps with what is left.
  func outcomes() -> [Outcome] {
    work()
    group.wait()
    return state.withLock { state in items.indices.compactMap { state.outcomes[$0] } }
  }

  private func work() {
    while let index = takeNext() {
      let outcome = read(items[index])
      state.withLock { $0.outcomes[index] = outcome }
    }
  }

  private func takeNext() -> Int? {
    state.withLock { state in
      guard state.next < items.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  /// Reads `batches` one after the other and hands each to `write`, which works while the next is read.
  ///
  /// - Throws: what `write` throws.
  static func run<Failure>(
    _ batches: [[Item]], read: @escaping @Sendable (Item) -> Outcome,
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
