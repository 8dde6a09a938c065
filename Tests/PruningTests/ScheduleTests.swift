import Pruning
import Testing

@Suite struct ScheduleTests {
  @Test func cubicRampGivesKnownAnswers() {
    let sparsities = [0, 0.25, 0.5, 0.75, 1].map {
      Ramp.cubicSparsity(atEpoch: 6 + 14 * $0, start: 6, epochs: 14, from: 0, to: 0.9)
    }
    #expect(zip(sparsities, [0, 0.5203125, 0.7875, 0.8859375, 0.9]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(sparsities.last == 0.9)
    #expect(Ramp.cubicSparsity(atEpoch: 99, start: 6, epochs: 14, from: 0, to: 0.9) == 0.9)
    #expect(Ramp.cubicSparsity(atEpoch: 1, start: 6, epochs: 14, from: 0.1, to: 0.9) == 0.1)
  }

  @Test func linearRampGrowsByEpsilonAnEpochAndStops() {
    let sparsities = [0, 16, 17, 82, 83, 99].map {
      Ramp.linearSparsity(atEpoch: $0, start: 16, epsilon: 0.015, to: 0.866)
    }
    let expected = [0, 0, 0.01299, 0.866 * 0.99, 0.866, 0.866]
    #expect(zip(sparsities, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(sparsities.last == 0.866)
  }

  @Test(
    arguments: [Ramp.linear, .cubic, .atStart, .atEnd],
    [(2.0, 5.0), (0.0, 9.5), (6.4, 26.8), (0.32, 1.34), (3.0, 0.0), (0.0, 0.0)])
  func sharesGrowFromZeroToExactlyOne(ramp: Ramp, schedule: (warmup: Double, ramp: Double)) {
    let timetable = Timetable(
      PruningSchedule(warmupEpochs: schedule.warmup, rampEpochs: schedule.ramp), ramp: ramp, stepsPerEpoch: 7)
    let last = timetable.endStep + 20
    let shares = (0...last).map { timetable.share(at: $0) }
    #expect(zip(shares, shares.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(shares[last] == 1 && shares[timetable.endStep] == 1)
    #expect(shares[..<timetable.startStep].allSatisfy { $0 == 0 })
    #expect(shares[..<timetable.endStep].allSatisfy { $0 < 1 })
    // Every change happens at an update, so what the last update saw is what is in force.
    var inForce = 0.0
    for step in 0...last {
      if timetable.isUpdate(step) { inForce = shares[step] }
      #expect(inForce == shares[step])
    }
  }

  @Test func sharesChangeAtEpochEdgesOnly() {
    let timetable = Timetable(PruningSchedule(warmupEpochs: 2, rampEpochs: 4), ramp: .linear, stepsPerEpoch: 10)
    #expect((0..<100).filter { timetable.isUpdate($0) } == [20, 30, 40, 50, 60])
    #expect([20, 30, 39, 40, 50, 60].map { timetable.share(at: $0) } == [0, 0.25, 0.25, 0.5, 0.75, 1])
  }

  @Test func aRampThatEndsWithinAnEpochIsCompletedThere() {
    let timetable = Timetable(PruningSchedule(warmupEpochs: 0.5, rampEpochs: 1), ramp: .cubic, stepsPerEpoch: 10)
    #expect((0..<100).filter { timetable.isUpdate($0) } == [5, 10, 15])
    #expect(timetable.share(at: 10) == 0.875)
  }

  /// 40 epochs of 10 steps: 0.5 an epoch has come to 0.9991 after 34 epochs, to 0.8808 after 24.
  @Test func aSigmoidThatEndsShortOfTheTargetIsKnown() throws {
    func timetable(_ rampEpochs: Double, _ ramp: Ramp) -> Timetable {
      Timetable(
        PruningSchedule(warmupEpochs: 0, rampEpochs: rampEpochs), ramp: ramp, stepsPerEpoch: 10, totalSteps: 400)
    }
    #expect(timetable(34, .sigmoid(steepness: 0.5)).forcedFrom == nil)
    let short = timetable(24, .sigmoid(steepness: 0.5))
    #expect(abs(try #require(short.forcedFrom) - 0.880_797) < 1e-6)
    #expect(short.endStep == 240 && short.share(at: 239) < 0.882 && short.share(at: 240) == 1)
    for ramp in [Ramp.linear, .cubic, .atEnd, .alternating] { #expect(timetable(24, ramp).forcedFrom == nil) }
  }

  @Test func roundingErrorsMoveNothingByAStep() {
    // 0.1 + 0.2 is above 0.3 in double precision.
    let timetable = Timetable(PruningSchedule(warmupEpochs: 0.1, rampEpochs: 0.2), ramp: .cubic, stepsPerEpoch: 10)
    #expect(timetable.startStep == 1 && timetable.endStep == 3)
  }
}
