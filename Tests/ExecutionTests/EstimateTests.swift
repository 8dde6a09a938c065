import Execution
import Kernels
import Networks
import Planning
import Pruning
import RunFixtures
import RunStore
import Testing
import Training

@Suite struct EstimateTests {
  private let fixture = PlanFixture()

  private func facts(_ name: String) -> DatasetFacts {
    DatasetFacts(
      name: name, fingerprint: "f1f1", channels: 1, height: 28, width: 28, classes: 10, trainingExamples: 60_000,
      evaluationExamples: 10_000)
  }

  private var book: WorkBook { WorkBook(Planner(datasets: [facts("fashion-mnist")])) }

  private func measured(
    _ spec: RunSpec, runs: Int = 1, seconds: Double, training: Double? = nil, memory: Int? = nil, cpu: String = "here",
    threads: Int = 2
  ) -> MeasuredConfiguration {
    MeasuredConfiguration(
      spec: spec, cpu: cpu, toolchain: "release", threads: threads, runs: runs, seconds: seconds,
      trainingSeconds: training, peakMemoryBytes: memory, journalBytes: 4000)
  }

  private func estimate(_ spec: RunSpec, from known: [MeasuredConfiguration]) throws -> Estimator.Estimate {
    var estimator = Estimator(book, known, threads: 2, cpu: "here", toolchain: "release")
    let estimate = estimator.estimate(spec)
    return try #require(estimate)
  }

  private func work(of spec: RunSpec) throws -> RunWork {
    var book = book
    let work = book.work(of: spec)
    return try #require(work)
  }

  private func model(_ architecture: ModelConfig.Architecture, width: Double) -> ModelConfig {
    ModelConfig(architecture: architecture, width: width, stem: .small, inputChannels: 1, classes: 10)
  }

  @Test func timeIsThatOfRunsAlikeByTheirExamples() throws {
    var short = try fixture.spec("pdp-0.5")
    short.training.epochs = 2
    let found = try estimate(
      fixture.spec("pdp-0.5"),
      from: [
        measured(short, runs: 3, seconds: 10, memory: 70), measured(fixture.spec("dense"), seconds: 1, memory: 90),
        measured(short, seconds: 500, cpu: "elsewhere"), measured(short, seconds: 500, threads: 1),
      ])
    #expect(found.basis == .measured(runs: 3))
    // Four epochs in place of two.
    #expect(found.seconds == 20)
    // Memory is taken from wherever the method ran.
    #expect(found.memoryBytes == 70)
    #expect(found.steps == 40)
  }

  @Test func otherMethodsStandInForOneThatHasNotRun() throws {
    let found = try estimate(
      fixture.spec("pdp-0.5"), from: [measured(fixture.spec("dense"), runs: 2, seconds: 8, memory: 90)])
    #expect(found.basis == .otherMethods(runs: 2))
    #expect(found.seconds == 8)
    #expect(found.memoryBytes == 90)
  }

  @Test func nearestNetworkIsScaledByItsOperations() throws {
    var wide = try fixture.spec("dense")
    wide.model = .images(model(.mobileNetV1, width: 0.5))
    var residual = wide
    residual.model = .images(model(.resNet18, width: 0.25))
    let factor = Double(try work(of: wide).macs) / Double(try work(of: fixture.spec("dense")).macs)
    #expect((3...4).contains(factor))
    let found = try estimate(
      wide,
      from: [measured(fixture.spec("dense"), seconds: 60, training: 50), measured(residual, seconds: 60, training: 1)])
    let name = "mobilenet-v1 x0.25 on fashion-mnist"
    #expect(found.basis == .scaled(from: name, runs: 1, factor: factor, isRough: false))
    // Only the training steps grow with the network.
    #expect(abs(try #require(found.seconds) - 50 * factor) < 1e-9)
    #expect(found.memoryBytes == nil)
  }

  @Test func nothingIsMadeUpWhereNothingHasRun() throws {
    let found = try estimate(
      fixture.spec("dense"), from: [measured(fixture.spec("dense"), seconds: 9, cpu: "elsewhere")])
    #expect(found.basis == .unknown)
    #expect(found.seconds == nil)
    #expect(found.diskBytes > 0)
  }

  @Test func diskHoldsWeightsAndTwoCheckpointsWithTheirMoments() throws {
    let network = Network(model(.mobileNetV1, width: 0.25))
    let parameters = network.parameterCount
    let state = network.state.values.reduce(0) { $0 + $1.shape.count }
    let work = try work(of: fixture.spec("dense"))
    #expect(work.weightsBytes == 4 * state)
    #expect(work.checkpointBytes == 4 * (state + parameters))
    #expect(work.diskBytes == work.weightsBytes + 2 * work.checkpointBytes + 2 * work.journalBytes)
    var adam = try fixture.spec("dense")
    adam.training.optimizer = .adam(
      AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayScope: .allParameters))
    #expect(try self.work(of: adam).checkpointBytes == 4 * (state + 2 * parameters))
  }

  @Test func planAddsUpWhatIsLeft() throws {
    let bench = try Bench(behaviour: "dense wait")
    _ = try bench.run { event in if case .progress = event { 1 } else { 0 } }
    let executor = Executor(
      store: bench.store, plan: bench.plan, options: ExecutionOptions(), stopRequests: { 0 }, report: { _ in })
    let decisions = try executor.decisions(for: bench.plan.runs)
    let known = try [
      measured(fixture.spec("dense"), seconds: 40, memory: 7), measured(fixture.spec("pdp-0.5"), seconds: 80),
    ]
    let estimate = PlanEstimate(
      decisions, of: bench.plan, Estimator(book, known, threads: 2, cpu: "here", toolchain: "release"), jobs: 2,
      threads: 2)
    let resumed = try #require(decisions.first { $0.action == .resume })
    let step = try #require(resumed.step)
    #expect((1..<40).contains(step))
    let left = 40 * (1 - Double(step) / 40)
    #expect(abs(try #require(estimate.each[resumed.run.id]?.seconds) - left) < 1e-9)
    #expect(estimate.runs == 4)
    #expect(abs(estimate.seconds - (left + 40 + 160) / 2) < 1e-9)
    #expect(estimate.memoryBytes == 14)
    #expect(estimate.unknownRuns == 0)
    #expect(estimate.firstDiskBytes < estimate.diskBytes)
  }
}
