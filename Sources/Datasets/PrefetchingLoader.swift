import Foundation

/// Batches prepared ahead of their use, on one background thread.
///
/// Delivers what `ImageLoader.batch` gives, in order and across epochs, from any starting point. At most `depth` batches
/// wait; their buffers are used again once they are handed back. The thread ends with `stop` or with this object.
package final class PrefetchingLoader {
  private let queue: BatchQueue

  /// - Precondition: `depth` >= 1, `epoch` >= 0, `index` in 0..<`loader.batchesPerEpoch`.
  package init(_ loader: ImageLoader, epoch: Int = 0, index: Int = 0, depth: Int = 3) {
    precondition(depth >= 1, "PrefetchingLoader: depth \(depth) is not positive")
    precondition(
      epoch >= 0 && index >= 0 && index < loader.batchesPerEpoch,
      "PrefetchingLoader: cannot start at epoch \(epoch), batch \(index) of \(loader.batchesPerEpoch)"
    )
    let queue = BatchQueue(depth: depth)
    self.queue = queue
    // The thread holds the queue and not this object, so that this object's end can stop it.
    let thread = Thread {
      var (epoch, index) = (epoch, index)
      while var batch = queue.vacantBuffer(shape: loader.subset.dataset.shape, capacity: loader.batchSize) {
        loader.fill(&batch, epoch: epoch, index: index)
        queue.put(batch)
        index += 1
        if index == loader.batchesPerEpoch { (epoch, index) = (epoch + 1, 0) }
      }
    }
    thread.name = "batches"
    thread.start()
  }

  deinit { queue.stop() }

  /// The next batch; waits until it is ready.
  ///
  /// - Precondition: not stopped.
  package func next() -> ImageBatch { queue.take() }

  /// Hands a batch's buffers back; without it, each batch allocates its own.
  package func recycle(_ batch: consuming ImageBatch) { queue.recycle(batch) }

  /// Ends the background thread at its next batch edge.
  package func stop() { queue.stop() }

  /// How long `next` has waited in all: what the engine lost to loading.
  package var waitedSeconds: Double { queue.waitedSeconds }
}
