import Foundation

/// A bounded queue of batches between one producing and one consuming thread, with a store of empty buffers.
///
/// Unchecked: every mutable property is read and written under `condition`, which is used because a `Mutex` cannot wait.
final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let depth: Int
  private var ready: [ImageBatch] = []
  private var empty: [ImageBatch] = []
  private var isStopped = false
  private var waited = Duration.zero

  init(depth: Int) {
    self.depth = depth
  }

  /// A buffer to fill, once fewer than `depth` batches wait; nil after `stop`.
  func vacantBuffer(shape: ImageShape, capacity: Int) -> ImageBatch? {
    condition.lock()
    defer { condition.unlock() }
    while ready.count >= depth, !isStopped { condition.wait() }
    if isStopped { return nil }
    return empty.popLast() ?? ImageBatch(shape: shape, capacity: capacity)
  }

  func put(_ batch: consuming ImageBatch) {
    condition.lock()
    defer { condition.unlock() }
    ready.append(batch)
    condition.signal()
  }

  func take() -> ImageBatch {
    condition.lock()
    defer { condition.unlock() }
    if ready.isEmpty {
      let clock = ContinuousClock()
      let start = clock.now
      while ready.isEmpty {
        precondition(!isStopped, "PrefetchingLoader.next: stopped")
        condition.wait()
      }
      waited += clock.now - start
    }
    condition.signal()
    return ready.removeFirst()
  }

  func recycle(_ batch: consuming ImageBatch) {
    condition.lock()
    defer { condition.unlock() }
    if empty.count <= depth { empty.append(batch) }
  }

  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }

  var waitedSeconds: Double {
    condition.lock()
    defer { condition.unlock() }
    return waited / .seconds(1)
  }
}
