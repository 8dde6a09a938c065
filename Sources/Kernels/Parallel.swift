import COneDNN
import COpenBLAS
import Synchronization

/// Runs `body` over 0..<count in chunks of `grain` (the last may be shorter) on the OpenMP pool that oneDNN and
/// OpenBLAS use, and returns when all are done.
///
/// Chunk boundaries depend on `count` and `grain` alone, so results do not depend on the number of threads as long as
/// each chunk writes only what is its own.
///
/// - Precondition: `grain` > 0.
package func parallel(_ count: Int, grain: Int, _ body: (_ range: Range<Int>) -> Void) {
  precondition(grain > 0, "parallel: grain \(grain) is not positive")
  guard count > grain else {
    if count > 0 { body(0..<count) }
    return
  }
  withoutActuallyEscaping(body) { body in
    var region = Region(count: count, grain: grain, body: body)
    region.edges.store(0, ordering: .releasing)
    unsafe withUnsafeMutablePointer(to: &region) { region in
      unsafe GOMP_parallel(runShare, region, 0, 0)
    }
    _ = region.edges.load(ordering: .acquiring)
  }
}

/// Runs `body` over 0..<count in short pieces: each thread first its own, which are neighbours, in order, and then what
/// others have left, from the end on.
///
/// For work whose memory the same thread wrote before, in a loop that was divided alike, on threads of which one is slower
/// than the other for a while: a neighbour of the machine may sit on the same core. Pieces, and which thread does them,
/// are not fixed: every index's result has to be its own.
package func parallelTasks(_ count: Int, _ body: (_ range: Range<Int>) -> Void) {
  let threads = min(ThreadPool.size, count)
  guard threads > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  let pieces = min(count, threads * TaskQueue.mostPieces)
  unsafe withUnsafeTemporaryAllocation(of: Atomic<UInt64>.self, capacity: threads * TaskQueue.spacing) { memory in
    for index in memory.indices { unsafe memory.initializeElement(at: index, to: Atomic(0)) }
    defer { unsafe memory.deinitialize() }
    for thread in 0..<threads {
      unsafe TaskQueue(memory, thread).set(pieces * thread / threads..<pieces * (thread + 1) / threads)
    }
    // Sound without isolation: queues are atomic, and they outlive the loop.
    nonisolated(unsafe) let queues = unsafe memory
    parallel(threads, grain: 1) { parts in
      for part in parts {
        for offset in 0..<threads {
          let queue = unsafe TaskQueue(queues, (part + offset) % threads)
          while let piece = offset == 0 ? queue.takeFirst() : queue.takeLast() {
            body(count * piece / pieces..<count * (piece + 1) / pieces)
          }
        }
      }
    }
  }
}

/// Pieces of one thread that nobody has taken: neighbours, the first and the one behind the last in one word.
@safe private struct TaskQueue {
  /// Of a thread.
  static let mostPieces = 16
  /// Distance of two queues' words: cache lines that two threads write are far apart.
  static let spacing = 16

  private let memory: UnsafeMutableBufferPointer<Atomic<UInt64>>
  private let index: Int

  init(_ memory: UnsafeMutableBufferPointer<Atomic<UInt64>>, _ piece: Int) {
    unsafe self.memory = memory
    index = piece * Self.spacing
  }

  func set(_ pieces: Range<Int>) {
    unsafe memory[index].store(Self.word(pieces.lowerBound, pieces.upperBound), ordering: .relaxed)
  }

  func takeFirst() -> Int? { take { ($0, $0 + 1, $1) } }

  func takeLast() -> Int? { take { ($1 - 1, $0, $1 - 1) } }

  @inline(__always)
  private func take(_ choice: (_ first: Int, _ end: Int) -> (piece: Int, first: Int, end: Int)) -> Int? {
    var word = unsafe memory[index].load(ordering: .relaxed)
    while true {
      let (first, end) = (Int(word >> 32), Int(word & 0xffff_ffff))
      guard first < end else { return nil }
      let taken = choice(first, end)
      let (isTaken, known) = unsafe memory[index].weakCompareExchange(
        expected: word, desired: Self.word(taken.first, taken.end), ordering: .relaxed)
      if isTaken { return taken.piece }
      word = known
    }
  }

  private static func word(_ first: Int, _ end: Int) -> UInt64 { UInt64(first) << 32 | UInt64(end) }
}

/// Threads that parallel loops and the libraries use.
package enum ThreadPool {
  package static var size: Int { Int(omp_get_max_threads()) }

  /// Sets the size of the pool for oneDNN, OpenBLAS and parallel loops alike.
  ///
  /// - Note: OpenMP keeps the number per calling thread, so the thread that trains has to be the one that sets it.
  package static func setSize(_ count: Int) {
    precondition(count > 0, "thread pool of \(count) threads")
    omp_set_num_threads(Int32(count))
    openblas_set_num_threads(Int32(count))
  }
}

private struct Region: ~Copyable {
  let count: Int
  let grain: Int
  let body: (Range<Int>) -> Void
  /// Shares that are done.
  ///
  /// OpenMP orders memory at both ends of a region all the same; written down here, the order is
  /// known to the thread sanitizer too, which does not see into that library.
  let edges = Atomic<Int>(0)

  init(count: Int, grain: Int, body: @escaping (Range<Int>) -> Void) {
    self.count = count
    self.grain = grain
    self.body = body
  }
}

/// Runs every chunk whose number is this thread's modulo the number of threads.
private func runShare(_ address: UnsafeMutableRawPointer?) {
  guard let region = unsafe address?.assumingMemoryBound(to: Region.self) else { return }
  _ = unsafe region.pointee.edges.load(ordering: .acquiring)
  let (count, grain) = unsafe (region.pointee.count, region.pointee.grain)
  let body = unsafe region.pointee.body
  let threads = Int(omp_get_num_threads())
  var start = Int(omp_get_thread_num()) * grain
  while start < count {
    body(start..<min(start + grain, count))
    start += threads * grain
  }
  unsafe region.pointee.edges.add(1, ordering: .releasing)
}
