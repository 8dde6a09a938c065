import Execution
import Foundation
import Kernels
import Planning
import RunFixtures
import RunStore
import Testing
import Training

@Suite struct WorkerTests {
  private let bench: Bench
  private let run: String

  init() throws {
    bench = try Bench()
    run = try bench.fixture.run("pdp-0.5", 1)
  }

  private func worker(stop: @escaping () -> Bool = { false }) -> Worker {
    Worker(bench.order(run), libraries: [:], writesLog: false, shouldStop: stop)
  }

  @Test func requestHoldsWhatThePlanSays() throws {
    var seen: TrainingRequest?
    let exit = try worker().work { request, _, _ in
      seen = request
      return .finished(step: 1, weightsDigest: "aa")
    }
    #expect(exit == .succeeded)
    let request = try #require(seen)
    #expect(try request.spec == bench.fixture.spec("pdp-0.5"))
    #expect(request.replicate == 1)
    #expect(request.seed == Seed(bench.plan.runs[3].seed))
    #expect(request.checkpoints == bench.layout.checkpoints(run))
    #expect(request.weights == bench.layout.weights(run))
    #expect(request.datasets == bench.datasets)
  }

  @Test func changedConfigurationInTheFolderIsRefused() throws {
    let spec = bench.layout.spec(run)
    try FileManager.default.createDirectory(at: bench.layout.run(run), withIntermediateDirectories: true)
    try Data("{}".utf8).write(to: spec)
    #expect(throws: ExecutionError.specChanged(path: spec.path)) {
      try worker().work { _, _, _ in .finished(step: 1, weightsDigest: "aa") }
    }
    #expect(try bench.layout.attemptNumbers(run).isEmpty)
  }

  @Test func unknownRunIsRefused() throws {
    let stranger = Worker(bench.order("feed"), libraries: [:], writesLog: false) { false }
    #expect(throws: ExecutionError.unknownRun(run: "feed", plan: bench.plan.id)) {
      try stranger.work { _, _, _ in .finished(step: 1, weightsDigest: "aa") }
    }
  }

  @Test func attemptIsLockedWhileItLivesAndNoOtherBegins() throws {
    let exit = try worker().work { _, _, _ in
      #expect(FileLock.isHeld(bench.layout.lock(run, 1)))
      let second = try worker().work { _, _, _ in .interrupted(step: 0) }
      #expect(second == .inHand)
      return .interrupted(step: 3)
    }
    #expect(exit == .interrupted)
    #expect(!FileLock.isHeld(bench.layout.lock(run, 1)))
    #expect(try bench.layout.attemptNumbers(run) == [1])
  }

  @Test func orderSurvivesItsText() throws {
    let order = bench.order(run, startsOver: true)
    #expect(try WorkerOrder(text: order.text) == order)
    #expect(throws: ExecutionError.orderUnreadable(text: "nonsense")) { try WorkerOrder(text: "nonsense") }
  }
}
