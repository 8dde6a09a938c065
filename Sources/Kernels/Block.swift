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

/// Free blocks by size, so that a training step of the same shapes as the one before allocates nothing.
///
/// Where shapes change from step to step, as those of texts do, blocks of sizes that no longer come would pile up: idle
/// blocks take no more memory than ever was in use at once, and those that have been idle the longest go first.
enum MemoryPool {
  static let hugePage = 1 << 21

  private static let blocks = Mutex(IdleBlocks())

  /// A block of at least `bytes` bytes with unspecified contents.
  static func take(bytes: Int) -> Block {
    let capacity = roundedUp(bytes)
    let reused = blocks.withLock { $0.take(capacity: capacity) }
    return reused ?? Block(capacity: capacity)
  }

  static func give(_ block: Block) {
    // Blocks are let go outside of the lock.
    _ = blocks.withLock { $0.give(block) }
  }

  /// Bytes in tensors, in blocks that wait for the next one, and the most that tensors ever held at once.
  static var bytes: (used: Int, idle: Int, mostUsed: Int) { blocks.withLock { ($0.used, $0.idle, $0.mostUsed) } }

  /// Sizes are rounded to 64 bytes below a page, to whole pages above, and by up to an eighth, so that near sizes share
  /// blocks.
  static func roundedUp(_ bytes: Int) -> Int {
    let bytes = max(bytes, 1)
    let grain = bytes < 4096 ? 64 : max(4096, 1 << (Int.bitWidth - bytes.leadingZeroBitCount - 4))
    return (bytes + grain - 1) / grain * grain
  }
}

/// The pool's blocks that no tensor holds, and how much memory is where.
private struct IdleBlocks {
  private struct Entry {
    let block: Block
    /// Rises with every block that comes back.
    let moment: Int
  }

  /// By capacity, the longest idle first.
  private var blocks: [Int: [Entry]] = [:]
  private var moment = 0
  private(set) var used = 0
  private(set) var idle = 0
  private(set) var mostUsed = 0

  mutating func take(capacity: Int) -> Block? {
    used += capacity
    mostUsed = max(mostUsed, used)
    guard let entry = blocks[capacity]?.popLast() else { return nil }
    idle -= capacity
    return entry.block
  }

  /// Takes a block back.
  ///
  /// - Returns: blocks that there is no room for, for the caller to let go.
  mutating func give(_ block: Block) -> [Block] {
    used -= block.capacity
    idle += block.capacity
    moment += 1
    blocks[block.capacity, default: []].append(Entry(block: block, moment: moment))
    var surplus: [Block] = []
    while idle > mostUsed, let oldest = blocks.min(by: { Self.moment($0.value) < Self.moment($1.value) }),
      !oldest.value.isEmpty
    {
      let block = blocks[oldest.key]?.removeFirst().block
      if blocks[oldest.key]?.isEmpty == true { blocks[oldest.key] = nil }
      idle -= oldest.key
      if let block { surplus.append(block) }
    }
    return surplus
  }

  private static func moment(_ entries: [Entry]) -> Int { entries.first?.moment ?? .max }
}
