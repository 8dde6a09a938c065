import Kernels
import Synchronization
import TestSupport
import Testing

@Suite struct ParallelTests {
  /// Chunks that ran, in order of their starts.
  private func chunks(_ count: Int, grain: Int) -> [Range<Int>] {
    let seen = Mutex<[Range<Int>]>([])
    parallel(count, grain: grain) { range in seen.withLock { $0.append(range) } }
    return seen.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// What `body` gives on pools of one, two and three threads.
  ///
  /// The pool's size belongs to the calling thread, so tests that run beside this one do not see it.
  private func onSeveralPools<Result>(_ body: () -> Result) -> [Result] {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    return [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      return body()
    }
  }

  @Test(arguments: [0, 1, 2, 7, 8, 9, 100, 1001], [1, 2, 3, 8, 1000])
  func everyIndexIsVisitedOnceInChunksOfTheGrain(count: Int, grain: Int) {
    let expected = stride(from: 0, to: count, by: grain).map { $0..<min($0 + grain, count) }
    #expect(chunks(count, grain: grain) == expected)
  }

  @Test func chunksDoNotDependOnTheNumberOfThreads() {
    let results = onSeveralPools { chunks(1003, grain: 10) }
    #expect(results[0].count == 101)
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test(arguments: [0, 1, 2, 7, 33, 1001]) func everyTaskIsDoneOnce(count: Int) {
    let visits = onSeveralPools {
      let seen = Mutex<[Range<Int>]>([])
      parallelTasks(count) { range in seen.withLock { $0.append(range) } }
      return seen.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    }
    for ranges in visits {
      #expect(ranges.flatMap(\.self) == Array(0..<count))
      #expect(ranges.allSatisfy { !$0.isEmpty })
    }
    #expect(visits[0].count == min(1, count))
  }

  /// A thread that is held up leaves all but the task that it is at to the other.
  @Test func tasksOfASlowThreadAreTakenByOthers() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    ThreadPool.setSize(2)
    let done = Atomic(0)
    let doneMeanwhile = Atomic(0)
    parallelTasks(32) { range in
      guard range.contains(0) else {
        done.add(range.count, ordering: .relaxed)
        return
      }
      let end = ContinuousClock.now + .seconds(60)
      while done.load(ordering: .relaxed) < 31, ContinuousClock.now < end {}
      doneMeanwhile.store(done.load(ordering: .relaxed), ordering: .relaxed)
    }
    #expect(doneMeanwhile.load(ordering: .relaxed) == 31)
  }

  @Test func bodiesMayRunParallelLoopsOfTheirOwn() {
    let visits = Mutex(0)
    parallel(4, grain: 1) { outer in
      parallel(10, grain: 3) { inner in visits.withLock { $0 += outer.count * inner.count } }
    }
    #expect(visits.withLock { $0 } == 40)
  }

  @Test func ourOwnLoopsGiveTheSameBitsOnAnyNumberOfThreads() {
    let count = 100_003
    let results = onSeveralPools { () -> [[Float]] in
      let (a, b) = (Tensor.random("a", [count]), Tensor.random("b", [count]))
      var (weight, velocity) = (a, b)
      OptimizerUpdate.sgd(
        &weight, velocity: &velocity, gradient: b, rate: 0.1, momentum: 0.9, nesterov: true, decay: 1e-4)
      let sum = Elementwise.rectifiedSum(a, b)
      return [weight, velocity, sum, Elementwise.reluGradient(a, output: sum)].map(\.elements)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func thePoolTakesTheSizeItIsGiven() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    ThreadPool.setSize(3)
    #expect(ThreadPool.size == 3)
  }

  @Test func aGrainOrAPoolOfNothingIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "grain") { parallel(3, grain: 0) { _ in } }
    await #expect(processExitsWith: .failure, "pool") { ThreadPool.setSize(0) }
  }
}
