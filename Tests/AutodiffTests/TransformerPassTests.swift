import Autodiff
import Kernels
import TestSupport
import Testing

/// What the operations of transformers record, and what they refuse.
@Suite struct TransformerPassTests {
  /// The tensor that pruning puts in a weight's place is what is read and what the gradient goes through.
  @Test func effectiveWeightsAreRead() throws {
    let (input, upstream) = (Tensor.random("input", [2, 3]), Tensor.random("upstream", [2, 4]))
    let weight = Parameter(.random("weight", [4, 3]), role: .weight)
    let bias = Parameter(Tensor(repeating: 0, shape: [4]), role: .bias)
    weight.effective = .random("effective", [4, 3])
    let x = Variable(input, needsGradient: true)
    let tape = Tape()
    let output = Pass(.training, tape: tape).activatedLinear(x, weight: weight, bias: bias, activation: .tanh)
    let (plain, matrix) = (PlainTensor<Double>(input), PlainTensor<Double>(weight.active))
    let twin = ActivationTwin(.tanh)
    let sum = MatrixTwin.linear(plain, matrix)
    expectClose(output.value, twin.forward(sum))
    // Whatever takes its place later, the gradient is that of what was read.
    weight.effective = nil
    tape.backward(from: output, upstream: upstream)
    let atSum = twin.gradient(PlainTensor(upstream), at: sum)
    expectClose(try #require(x.gradient), MatrixTwin.linear(atSum, MatrixTwin.transposed(matrix)), .single, "input")
  }

  @Test func nothingIsRecordedWhereNothingLearns() {
    let tape = Tape()
    let pass = Pass(.training, tape: tape)
    let x = Variable(.random("x", [2, 3, 4]))
    _ = pass.activation(x, .gelu)
    _ = pass.softmax(x)
    _ = pass.logSoftmax(x)
    _ = pass.attention(query: x, key: x, value: x, heads: 2, keyMask: nil)
    _ = pass.firstPosition(x)
    _ = pass.dropout(x, DropoutMask(probability: 0.5, stream: Seed(1).stream("dropout")))
    #expect(tape.count == 0)
    let scale = Parameter(Tensor(repeating: 1, shape: [4]), role: .normalization)
    _ = pass.layerNormalization(x, scale: scale, shift: scale, epsilon: 1e-5)
    #expect(tape.count == 1)
  }

  @Test func gradientsReachOnlyWhatLearns() throws {
    let upstream = Tensor.random("upstream", [1, 2, 4])
    let operands = (0..<3).map { Variable(.random("x\($0)", [1, 2, 4]), needsGradient: $0 == 1) }
    let tape = Tape()
    let output = Pass(.training, tape: tape).attention(
      query: operands[0], key: operands[1], value: operands[2], heads: 2, keyMask: nil)
    tape.backward(from: output, upstream: upstream)
    #expect(operands[0].gradient == nil && operands[2].gradient == nil)
    #expect(try #require(operands[1].gradient).elements.contains { $0 != 0 })
  }

  @Test func masksAreDrawnInTrainingOnly() throws {
    #expect(Pass(.evaluation, seed: Seed(1)).at("a").dropoutMask(0.5) == nil)
    #expect(Pass(.evaluation).at("a").dropoutMask(0.5) == nil)
    #expect(Pass(.training).at("a").dropoutMask(0) == nil)
    let mask = try #require(Pass(.training, seed: Seed(1)).at("a").dropoutMask(0.5))
    #expect(mask.probability == 0.5)
    #expect(Pass(.training, seed: Seed(1)).at("a").dropoutMask(0.5) == mask)
    #expect(Pass(.training, seed: Seed(1)).at("b").dropoutMask(0.5) != mask)
    #expect(Pass(.training, seed: Seed(2)).at("a").dropoutMask(0.5) != mask)
  }

  /// A gradient lent for writing is that of the parameter, zeros at first, and not copied for it.
  @Test func lentGradientsAreAddedTo() throws {
    let parameter = Parameter(.random("value", [3]), role: .embedding)
    parameter.accumulate { sum in
      #expect(sum.elements == [0, 0, 0])
      sum.withMutableElements { $0[1] = 2 }
    }
    parameter.accumulate(Tensor([1, 1, 1], shape: [3]))
    parameter.accumulate { sum in sum.withMutableElements { $0[0] += 4 } }
    #expect(try #require(parameter.gradient).elements == [5, 3, 1])
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "dropout without a seed") {
      _ = Pass(.training).at("a").dropoutMask(0.5)
    }
    await #expect(processExitsWith: .failure, "embedding under another shape") {
      let table = Parameter(.random("table", [5, 4]), role: .embedding)
      _ = Pass(.training).embedding(table, indices: [0, 1, 2], shape: [2, 2])
    }
    await #expect(processExitsWith: .failure, "embedding outside the table") {
      let table = Parameter(.random("table", [5, 4]), role: .embedding)
      _ = Pass(.training).embedding(table, indices: [5], shape: [1])
    }
    await #expect(processExitsWith: .failure, "embedding before the table") {
      let table = Parameter(.random("table", [5, 4]), role: .embedding)
      _ = Pass(.training).embedding(table, indices: [-1], shape: [1])
    }
    await #expect(processExitsWith: .failure, "linear of another width") {
      let weight = Parameter(.random("weight", [4, 3]), role: .weight)
      let bias = Parameter(.random("bias", [4]), role: .bias)
      let x = Variable(.random("x", [2, 4]))
      _ = Pass(.training).activatedLinear(x, weight: weight, bias: bias, activation: .gelu)
    }
    await #expect(processExitsWith: .failure, "first position of a matrix") {
      _ = Pass(.training).firstPosition(Variable(.random("x", [2, 3])))
    }
    await #expect(processExitsWith: .failure, "first position of nothing") {
      _ = Pass(.training).firstPosition(Variable(.random("x", [2, 0, 3])))
    }
  }
}
