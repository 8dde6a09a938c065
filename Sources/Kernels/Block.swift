import COneDNN
import Glibc
import Synchronization

/// A piece of aligned memory that is reused from step to step, with the oneDNN handles made for it.
///
/// Sound as `Sendable`: a block belongs to one tensor storage, or to the pool, at a time; the pool hands it over under
/// its lock.
@safe final class Block: @unchecked Sendable {
  /// At least 64-byte aligned, `capacity` bytes.
  @safe let pointer: UnsafeMutableRawPointer
  let capacity: Int
  /// oneDNN's view of the block for each layout it was used with.
  ///
  /// Making one writes zeros to the layout's padding, which every oneDNN primitive keeps zero.
  private var memories: [ObjectIdentifier: OpaquePointer] = unsafe [:]

  fileprivate init(capacity: Int) {
    let large = capacity >= MemoryPool.hugePage
    var address: UnsafeMutableRawPointer?
    let status = unsafe posix_memalign(&address, large ? MemoryPool.hugePage : 64, max(capacity, 64))
    guard status == 0, let address = unsafe address else {
      preconditionFailure("posix_memalign: no memory for \(capacity) bytes")
    }
    if large { unsafe madvise(address, capacity, MADV_HUGEPAGE) }
    unsafe self.pointer = address
    self.capacity = capacity
  }

  deinit {
    let layouts = unsafe Array(memories.keys)
    for layout in layouts { unsafe dnnl_memory_destroy(memories[layout]) }
    unsafe free(pointer)
  }

  /// oneDNN memory object over this block's bytes in `layout`.
  func memory(_ layout: Layout) -> OpaquePointer {
    if let known = unsafe memories[ObjectIdentifier(layout)] { return unsafe known }
    precondition(layout.bytes <= capacity, "oneDNN memory of \(layout.bytes) bytes over a block of \(capacity)")
    var memory: OpaquePointer?
    unsafe check(dnnl_memory_create(&memory, &layout.descriptor, OneDNN.engine, pointer), "dnnl_memory_create")
    guard let memory = unsafe memory else { preconditionFailure("dnnl_memory_create: no memory object") }
    unsafe memories[ObjectIdentifier(layout)] = unsafe memory
    return unsafe memory
  }
}

/// Free blocks by size, so that a training step allocates nothing after the first.
enum MemoryPool {
  static let hugePage = 1 << 21

  private static let free = Mutex<[Int: [Block]]>([:])

  /// A block of at least `bytes` bytes with unspecified contents.
  static func take(bytes: Int) -> Block {
    let capacity = roundedUp(bytes)
    let reused = free.withLock { $0[capacity]?.popLast() }
    return reused ?? Block(capacity: capacity)
  }

  static func give(_ block: Block) {
    free.withLock { $0[block.capacity, default: []].append(block) }
  }

  /// Sizes are rounded to 64 bytes below a page, to whole pages above, so that near sizes share blocks.
  private static func roundedUp(_ bytes: Int) -> Int {
    let grain = bytes < 4096 ? 64 : 4096
    return (max(bytes, 1) + grain - 1) / grain * grain
  }
}
