/// Memory of one tensor; returns its block to the pool when the last tensor that shares it goes.
final class Storage {
  let block: Block

  init(bytes: Int) {
    block = MemoryPool.take(bytes: bytes)
  }

  deinit { MemoryPool.give(block) }

  var floats: UnsafeMutablePointer<Float> { unsafe block.pointer.assumingMemoryBound(to: Float.self) }
}
