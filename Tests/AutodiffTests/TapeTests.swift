import Autodiff
import Kernels
import TestSupport
import Testing

@Suite struct TapeTests {
  private let one = Tensor([1], shape: [1, 1])

  /// relu(x) + x, whose slope is 2 above zero and 1 below.
  @Test func aValueReadTwiceGetsBothGradients() {
    let x = Variable(Tensor([2, -3], shape: [2]), needsGradient: true)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    tape.backward(from: pass.sum(pass.relu(x), x), upstream: Tensor([10, 20], shape: [2]))
    #expect(x.gradient?.elements == [20, 20])
  }

  @Test func aValueAddedToItselfGetsTwiceTheGradient() {
    let x = Variable(Tensor([2, -3], shape: [2]), needsGradient: true)
    let upstream = Tensor([10, 20], shape: [2])
    let tape = Tape()
    tape.backward(from: Pass(.training, tape: tape).sum(x, x), upstream: upstream)
    #expect(x.gradient?.elements == [20, 40])
    #expect(upstream.elements == [10, 20])
  }

  /// Both terms of a sum hold the same tensor at first; adding to one must not reach the other.
  @Test func gradientsThatStartSharedDoNotMix() {
    let a = Variable(Tensor([1], shape: [1]), needsGradient: true)
    let b = Variable(Tensor([1], shape: [1]), needsGradient: true)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let early = pass.relu(a)
    tape.backward(from: pass.sum(pass.sum(a, b), early), upstream: Tensor([1], shape: [1]))
    #expect(a.gradient?.elements == [2])
    #expect(b.gradient?.elements == [1])
  }

  @Test func nothingIsRecordedWhereNothingLearns() {
    let x = Variable(.random("x", [1, 2, 3, 3]))
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let outputs = [
      pass.relu(x), pass.relu6(x), pass.sum(x, x), pass.rectifiedSum(x, x),
      pass.pooling(x, PoolingGeometry(.maximum, kernel: 2, stride: 1, padding: 0)), pass.globalAveragePooling(x),
    ]
    #expect(outputs.allSatisfy { !$0.needsGradient })
    #expect(tape.count == 0)
  }

  @Test func nothingIsRecordedWithoutATape() {
    let x = Variable(one, needsGradient: true)
    let weight = Parameter(one, role: .weight)
    let output = Pass(.training).linear(Pass(.training).relu(x), weight: weight, bias: nil)
    #expect(!output.needsGradient)
    #expect(output.value.elements == [1])
  }

  @Test func anInputThatDoesNotLearnGetsNoGradient() {
    let x = Variable(Tensor([3], shape: [1, 1]))
    let other = Variable(Tensor([4], shape: [1, 1]), needsGradient: true)
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    tape.backward(from: pass.sum(pass.linear(x, weight: weight, bias: nil), pass.sum(other, x)), upstream: one)
    #expect(x.gradient == nil)
    #expect(other.gradient?.elements == [1])
    #expect(weight.gradient?.elements == [3])
  }

  @Test func theTapeIsEmptyAfterwardsAndServesAgain() {
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    let tape = Tape()
    for step in 1...3 {
      let x = Variable(Tensor([Float(step)], shape: [1, 1]))
      let output = Pass(.training, tape: tape).linear(x, weight: weight, bias: nil)
      #expect(tape.count == 1)
      tape.backward(from: output, upstream: one)
      #expect(tape.count == 0)
    }
    // Nobody cleared it between the steps.
    #expect(weight.gradient?.elements == [6])
  }

  @Test func aBranchThatDoesNotReachTheOutputIsLeftOut() {
    let (used, unused) = (Parameter(one, role: .weight), Parameter(one, role: .weight))
    let x = Variable(one, needsGradient: true)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let output = pass.linear(x, weight: used, bias: nil)
    _ = pass.linear(x, weight: unused, bias: nil)
    tape.backward(from: output, upstream: one)
    #expect(unused.gradient == nil)
    #expect(used.gradient?.elements == [1])
    #expect(tape.count == 0)
  }

  @Test func valuesInBetweenForgetTheirGradients() {
    let x = Variable(one, needsGradient: true)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let middle = pass.relu(x)
    let output = pass.relu(middle)
    tape.backward(from: output, upstream: one)
    #expect(middle.gradient == nil)
    #expect(output.gradient == nil)
    #expect(x.gradient?.elements == [1])
  }

  /// A cycle between a tape and its values would keep every activation of a run.
  @Test func nothingOutlivesThePass() {
    weak var middle: Variable?
    weak var tape: Tape?
    do {
      let recorder = Tape()
      let pass = Pass(.training, tape: recorder)
      let value = pass.relu(Variable(one, needsGradient: true))
      (middle, tape) = (value, recorder)
      _ = pass.relu(value)
      #expect(recorder.count == 2)
    }
    #expect(middle == nil)
    #expect(tape == nil)
  }

  @Test func anUpstreamOfAnotherShapeIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable(.random("x", [2]), needsGradient: true)
      let tape = Tape()
      tape.backward(from: Pass(.training, tape: tape).relu(x), upstream: .random("upstream", [3]))
    }
  }
}
