import Foundation
import Kernels
import Synchronization
import Testing

@testable import Datasets

@Suite struct PrefetchingLoaderTests {
  private func loader() throws -> ImageLoader {
    try ImageLoader(
      training: Samples.folded().split(replicate: 0, config: Samples.config()).training, batchSize: 7,
      augmentation: Augmentation(cropPadding: 2, flipsHorizontally: true), seed: Seed(1))
  }

  @Test(arguments: [1, 2, 5], [true, false])
  func deliversWhatTheLoaderGivesAcrossEpochs(depth: Int, recycles: Bool) throws {
    let loader = try loader()
    let prefetching = PrefetchingLoader(loader, epoch: 1, index: 2, depth: depth)
    for position in 6..<20 {
      let batch = prefetching.next()
      #expect(batch == loader.batch(epoch: position / 4, index: position % 4))
      if recycles { prefetching.recycle(batch) }
    }
    prefetching.stop()
  }

  /// A batch that is still held must not change when its buffer's siblings are filled.
  @Test func heldBatchStaysAsItWas() throws {
    let loader = try loader()
    let prefetching = PrefetchingLoader(loader)
    let held = prefetching.next()
    prefetching.recycle(held)
    for _ in 0..<8 { prefetching.recycle(prefetching.next()) }
    #expect(held == loader.batch(epoch: 0, index: 0))
  }

  @Test func queueHandsBuffersBackAndEndsWhenStopped() {
    let queue = BatchQueue(depth: 1)
    var batch = ImageBatch(shape: Samples.tiny, capacity: 1)
    batch.labels = [42]
    queue.put(batch)
    #expect(queue.take().labels == [42])
    queue.recycle(batch)
    #expect(queue.vacantBuffer(shape: Samples.tiny, capacity: 1)?.labels == [42])
    #expect(queue.vacantBuffer(shape: Samples.tiny, capacity: 1)?.labels == [])
    queue.stop()
    #expect(queue.vacantBuffer(shape: Samples.tiny, capacity: 1) == nil)
  }

  @Test func waitingIsCountedAndReadyBatchesAreNot() {
    let queue = BatchQueue(depth: 2)
    let batch = ImageBatch(shape: Samples.tiny, capacity: 1)
    queue.put(batch)
    _ = queue.take()
    #expect(queue.waitedSeconds == 0)
    // The producer may still come before the consumer has begun to wait, so this is tried until it waited.
    for _ in 0..<10_000 where queue.waitedSeconds == 0 {
      let flag = Flag()
      Thread {
        while !flag.isRaised.load(ordering: .acquiring) {}
        queue.put(batch)
      }.start()
      flag.isRaised.store(true, ordering: .releasing)
      _ = queue.take()
    }
    #expect(queue.waitedSeconds > 0)
  }
}

private final class Flag: Sendable {
  let isRaised = Atomic(false)
}
