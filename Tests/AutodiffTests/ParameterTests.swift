import Autodiff
import Kernels
import TestSupport
import Testing

@Suite struct ParameterTests {
  /// w (w x): the derivative with respect to w is 2 w x.
  @Test func twoUsesAddTheirGradients() {
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let x = Variable(Tensor([3], shape: [1, 1]))
    let output = pass.linear(pass.linear(x, weight: weight, bias: nil), weight: weight, bias: nil)
    #expect(output.value.elements == [12])
    tape.backward(from: output, upstream: Tensor([1], shape: [1, 1]))
    #expect(weight.gradient?.elements == [12])
  }

  @Test func accumulatingLeavesWhatArrivedAlone() {
    let parameter = Parameter(Tensor([0, 0], shape: [2]), role: .bias)
    let first = Tensor([1, 2], shape: [2])
    parameter.accumulate(first)
    parameter.accumulate(Tensor([10, 20], shape: [2]))
    #expect(parameter.gradient?.elements == [11, 22])
    #expect(first.elements == [1, 2])
  }

  @Test func theEffectiveWeightIsActiveWhileItIsSet() {
    let parameter = Parameter(Tensor([1, 2], shape: [2]), role: .weight)
    #expect(parameter.active.elements == [1, 2])
    parameter.effective = Tensor([0, 2], shape: [2])
    #expect(parameter.active.elements == [0, 2])
    #expect(parameter.value.elements == [1, 2])
    parameter.effective = nil
    #expect(parameter.active.elements == [1, 2])
  }

  @Test func aLinearLayerComputesWithTheEffectiveWeightBothWays() {
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    weight.effective = Tensor([5], shape: [1, 1])
    let x = Variable(Tensor([3], shape: [1, 1]), needsGradient: true)
    let tape = Tape()
    let output = Pass(.training, tape: tape).linear(x, weight: weight, bias: nil)
    #expect(output.value.elements == [15])
    // Taken away before the backward pass: what the forward pass read still counts.
    weight.effective = nil
    tape.backward(from: output, upstream: Tensor([1], shape: [1, 1]))
    #expect(x.gradient?.elements == [5])
    #expect(weight.gradient?.elements == [3])
  }

  @Test func aConvolutionComputesWithTheEffectiveWeightBothWays() throws {
    let (stored, effective) = (Tensor.random("stored", [2, 3, 3, 3]), Tensor.random("effective", [2, 3, 3, 3]))
    let input = Tensor.random("input", [1, 3, 4, 4])
    let weight = Parameter(stored, role: .weight)
    weight.effective = effective
    let x = Variable(input, needsGradient: true)
    let tape = Tape()
    let output = Pass(.training, tape: tape).convolution(x, weight: weight, geometry: ConvolutionGeometry(padding: 1))
    let twin = ConvolutionTwin(input: input.shape, weight: stored.shape, padding: 1)
    let w = PlainTensor<Double>(effective)
    expectClose(output.value, twin.forward(PlainTensor(input), w), .single, "output")
    let upstream = Tensor.random("upstream", output.shape)
    tape.backward(from: output, upstream: upstream)
    let u = PlainTensor<Double>(upstream)
    expectClose(try #require(x.gradient), twin.inputGradient(u, w), .single, "input gradient")
    expectClose(
      try #require(weight.gradient), twin.weightGradient(u, PlainTensor(input)), .single, "weight gradient")
    expectClose(weight.value, stored, .exact, "stored weight")
  }

  @Test func aGradientOfAnotherShapeIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      let parameter = Parameter(.random("value", [2]), role: .bias)
      parameter.accumulate(.random("first", [2]))
      parameter.accumulate(.random("second", [3]))
    }
  }
}
