import Kernels
import TestSupport
import Testing

/// One convolution to try.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var batch = 2
  var inputs: Int
  var outputs: Int
  var extent = 7
  var kernel: Int
  var stride = 1
  var padding = 0
  var groups = 1

  var testDescription: String { "\(inputs) to \(outputs), \(kernel)x\(kernel), stride \(stride), groups \(groups)" }
  var geometry: ConvolutionGeometry { .init(stride: stride, padding: padding, groups: groups) }
  var input: Numbers { Numbers(random: [batch, inputs, extent, extent], "input") }
  var weight: Numbers { Numbers(random: [outputs, inputs / groups, kernel, kernel], "weight") }

  static let all: [ConvolutionCase] = [
    .init(batch: 1, inputs: 1, outputs: 1, extent: 1, kernel: 1),
    .init(inputs: 3, outputs: 8, kernel: 3, padding: 1),
    .init(inputs: 7, outputs: 9, kernel: 1),
    .init(inputs: 8, outputs: 16, kernel: 1, stride: 2),
    .init(inputs: 15, outputs: 17, kernel: 3, stride: 2, padding: 1),
    .init(inputs: 16, outputs: 33, extent: 8, kernel: 3, padding: 1),
    .init(batch: 1, inputs: 3, outputs: 8, extent: 15, kernel: 7, stride: 2, padding: 3),
    .init(inputs: 8, outputs: 8, kernel: 3, padding: 1, groups: 8),
    .init(inputs: 17, outputs: 17, extent: 9, kernel: 3, stride: 2, padding: 1, groups: 17),
    .init(inputs: 8, outputs: 4, kernel: 3, padding: 1, groups: 2),
  ]
}

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionCase.all)
  func forwardEqualsPlainLoops(given: ConvolutionCase) {
    let expected = Twins.convolution(
      given.input, given.weight, stride: given.stride, padding: given.padding, groups: given.groups)
    let got = Convolution.forward(given.input.tensor, weight: given.weight.tensor, geometry: given.geometry)
    #expect(mismatch(got, expected) == nil)
  }

  /// Gradients of a linear map by its adjoint: <upstream, conv(x, w)> is linear in x and in w.
  @Test(arguments: ConvolutionCase.all)
  func gradientsEqualThePlainLoopsAdjoint(given: ConvolutionCase) {
    let (input, weight) = (given.input, given.weight)
    func output(_ x: Numbers, _ w: Numbers) -> Numbers {
      Twins.convolution(x, w, stride: given.stride, padding: given.padding, groups: given.groups)
    }
    let upstream = Numbers(random: output(input, weight).shape, "upstream")
    let inputGradient = Convolution.inputGradient(
      upstream.tensor, weight: weight.tensor, inputShape: Shape(input.shape), geometry: given.geometry)
    let weightGradient = Convolution.weightGradient(
      upstream.tensor, input: input.tensor, weightShape: Shape(weight.shape), hasBias: false, geometry: given.geometry
    ).weight
    // A linear function's value at a unit vector is its gradient there; a few positions of each.
    for position in stride(from: 0, to: input.values.count, by: max(1, input.values.count / 40)) {
      var unit = Numbers(zeros: input.shape)
      unit.values[position] = 1
      let expected = upstream.dot(output(unit, weight))
      #expect(abs(Double(inputGradient.elements[position]) - expected) < 1e-4)
    }
    for position in stride(from: 0, to: weight.values.count, by: max(1, weight.values.count / 40)) {
      var unit = Numbers(zeros: weight.shape)
      unit.values[position] = 1
      let expected = upstream.dot(output(input, unit))
      #expect(abs(Double(weightGradient.elements[position]) - expected) < 1e-4)
    }
  }

  @Test func biasIsAddedAndItsGradientIsTheChannelSum() throws {
    let given = ConvolutionCase(inputs: 3, outputs: 9, kernel: 3, padding: 1)
    let bias = Numbers(random: [9], "bias")
    let expected = Twins.convolution(given.input, given.weight, bias: bias, stride: 1, padding: 1, groups: 1)
    let got = Convolution.forward(
      given.input.tensor, weight: given.weight.tensor, bias: bias.tensor, geometry: given.geometry)
    #expect(mismatch(got, expected) == nil)
    let upstream = Numbers(random: expected.shape, "upstream")
    let gradient = try #require(
      Convolution.weightGradient(
        upstream.tensor, input: given.input.tensor, weightShape: Shape(given.weight.shape), hasBias: true,
        geometry: given.geometry
      ).bias)
    var sums = [Double](repeating: 0, count: 9)
    for index in upstream.values.indices { sums[index / 49 % 9] += upstream.values[index] }
    #expect(mismatch(gradient, Numbers([9], sums)) == nil)
  }

  /// Operands must stay alive until the primitive has run: temporaries of one size follow one another.
  @Test func temporariesOfOneSizeDoNotOverwriteEachOther() {
    let given = ConvolutionCase(batch: 1, inputs: 4, outputs: 4, extent: 2, kernel: 2, padding: 1)
    let expected = Twins.convolution(given.input, given.weight, stride: 1, padding: 1, groups: 1)
    for _ in 0..<50 {
      let got = Convolution.forward(given.input.tensor, weight: given.weight.tensor, geometry: given.geometry)
      #expect(mismatch(got, expected) == nil)
    }
  }

  @Test func severalTasksMayConvolveAtOnce() async {
    await withTaskGroup(of: String?.self) { group in
      for task in 0..<8 {
        group.addTask {
          let given = ConvolutionCase(inputs: 8 + task % 3, outputs: 8, extent: 9, kernel: 3, padding: 1)
          let expected = Twins.convolution(given.input, given.weight, stride: 1, padding: 1, groups: 1)
          for _ in 0..<20 {
            let got = Convolution.forward(given.input.tensor, weight: given.weight.tensor, geometry: given.geometry)
            if let fault = mismatch(got, expected) { return fault }
          }
          return nil
        }
      }
      for await fault in group { #expect(fault == nil) }
    }
  }

  @Test func shapesThatDoNotFitStopTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = Convolution.forward(
        Tensor(repeating: 0, shape: [1, 3, 4, 4]), weight: Tensor(repeating: 0, shape: [8, 4, 3, 3]),
        geometry: ConvolutionGeometry())
    }
  }
}
