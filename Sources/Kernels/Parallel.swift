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

/// Runs `body` over 0..<count in one piece a thread, neighbours together.
///
/// For work whose memory the same thread wrote before, in a loop that was divided alike. Pieces depend on the number of
/// threads: every index's result has to be its own.
package func parallelPieces(_ count: Int, _ body: (_ range: Range<Int>) -> Void) {
  let threads = min(ThreadPool.size, count)
  parallel(threads, grain: 1) { pieces in
    for piece in pieces { body(count * piece / threads..<count * (piece + 1) / threads) }
  }
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
