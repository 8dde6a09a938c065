import Kernels
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  /// None, one, and about the width of a SIMD register and of a parallel chunk.
  static let counts = [0, 1, 7, 8, 9, 15, 16, 17, 1000, (1 << 15) + 3]

  @Test(arguments: counts)
  func everyOperationEqualsItsFormula(count: Int) {
    let a = Numbers([count], Numbers(random: [count], "a").values.map { 10 * $0 })
    let b = Numbers([count], Numbers(random: [count], "b").values.map { 10 * $0 })
    func check(_ got: Tensor, _ formula: (Double, Double) -> Double) {
      #expect(mismatch(got, Numbers([count], zip(a.values, b.values).map(formula)), absolute: 1e-6) == nil)
    }
    check(Elementwise.sum(a.tensor, b.tensor)) { $0 + $1 }
    check(Elementwise.rectifiedSum(a.tensor, b.tensor)) { max(0, $0 + $1) }
    check(Elementwise.relu(a.tensor)) { a, _ in max(0, a) }
    check(Elementwise.relu6(a.tensor)) { a, _ in min(6, max(0, a)) }
    check(Elementwise.reluGradient(b.tensor, output: Elementwise.relu(a.tensor))) { a, b in a > 0 ? b : 0 }
    check(Elementwise.relu6Gradient(b.tensor, output: Elementwise.relu6(a.tensor))) { a, b in a > 0 && a < 6 ? b : 0 }
    var sum = a.tensor
    Elementwise.add(b.tensor, to: &sum)
    check(sum) { $0 + $1 }
    let squares = a.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(Elementwise.squaredNorm(a.tensor) - squares) <= 1e-9 * squares)
  }

  @Test func addingToASharedTensorLeavesTheOtherAlone() {
    let original = Tensor([1, 2, 3], shape: [3])
    var copy = original
    Elementwise.add(original, to: &copy)
    #expect(original.elements == [1, 2, 3])
    #expect(copy.elements == [2, 4, 6])
  }

  @Test(arguments: [1, 8, 9], [Float.nan, .infinity, -.infinity])
  func oneNonFiniteElementIsFoundAnywhere(count: Int, value: Float) {
    for position in 0..<count {
      var elements = [Float](repeating: 1, count: count)
      #expect(Elementwise.isFinite(Tensor(elements, shape: [count])))
      elements[position] = value
      #expect(!Elementwise.isFinite(Tensor(elements, shape: [count])))
    }
  }

  @Test func rectifiersKeepWhatIsNotANumber() {
    let x = Tensor([Float](repeating: .nan, count: 9), shape: [9])
    #expect(Elementwise.relu(x).elements.allSatisfy { $0.isNaN })
    #expect(Elementwise.relu6(x).elements.allSatisfy { $0.isNaN })
  }
}

@Suite struct PoolingTests {
  @Test(arguments: [(3, 2, 1), (2, 2, 0), (3, 1, 1), (5, 3, 2)], [1, 5, 8, 17])
  func forwardEqualsPlainLoopsAndGradientTheirDifferences(
    window: (kernel: Int, stride: Int, padding: Int), channels: Int
  ) {
    let x = Numbers(random: [2, channels, 7, 6], "x")
    for isMaximum in [true, false] {
      let geometry = PoolingGeometry(
        isMaximum ? .maximum : .average, kernel: window.kernel, stride: window.stride, padding: window.padding)
      func twin(_ x: Numbers) -> Numbers {
        Twins.pooling(
          x, isMaximum: isMaximum, kernel: window.kernel, stride: window.stride, padding: window.padding)
      }
      let expected = twin(x)
      let (output, saved) = Pooling.forward(x.tensor, geometry)
      #expect(mismatch(output, expected) == nil)
      guard channels == 1 else { continue }
      let upstream = Numbers(random: expected.shape, "upstream")
      let gradient = Pooling.backward(upstream.tensor, inputShape: Shape(x.shape), saved: saved, geometry)
      #expect(mismatch(gradient, numericalGradient(at: x) { upstream.dot(twin($0)) }, absolute: 1e-4) == nil)
    }
  }
}

@Suite struct MatrixProductTests {
  @Test(arguments: [(0, 3, 2), (1, 1, 1), (5, 7, 3), (33, 17, 9), (64, 130, 10)])
  func linearMapAndGradientsEqualPlainLoops(size: (rows: Int, inputs: Int, outputs: Int)) {
    let x = Numbers(random: [size.rows, size.inputs], "x")
    let weight = Numbers(random: [size.outputs, size.inputs], "weight")
    let bias = Numbers(random: [size.outputs], "bias")
    let upstream = Numbers(random: [size.rows, size.outputs], "upstream")
    #expect(
      mismatch(
        MatrixProduct.linear(x.tensor, weight: weight.tensor, bias: bias.tensor),
        Twins.linear(x, weight, bias: bias)) == nil)
    func transposed(_ a: Numbers) -> Numbers {
      let (rows, columns) = (a.shape[0], a.shape[1])
      return Numbers([columns, rows], (0..<rows * columns).map { a.values[$0 % rows * columns + $0 / rows] })
    }
    #expect(
      mismatch(
        MatrixProduct.linearInputGradient(upstream.tensor, weight: weight.tensor),
        Twins.linear(upstream, transposed(weight), bias: nil)) == nil)
    #expect(
      mismatch(
        MatrixProduct.linearWeightGradient(upstream.tensor, input: x.tensor),
        Twins.linear(transposed(upstream), transposed(x), bias: nil)) == nil)
    let ones = Numbers([1, size.rows], [Double](repeating: 1, count: size.rows))
    let sums = Numbers([size.outputs], Twins.linear(ones, transposed(upstream), bias: nil).values)
    #expect(mismatch(MatrixProduct.columnSums(upstream.tensor), sums) == nil)
  }
}

@Suite struct SoftmaxCrossEntropyTests {
  @Test(arguments: [0.0, 0.1, 1.0])
  func lossEqualsTheTwinAndGradientItsDifferences(smoothing: Double) {
    let logits = Numbers([5, 4], Numbers(random: [5, 4], "logits").values.map { 8 * $0 })
    let labels = [0, 3, 1, 1, 2]
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      logits.tensor, labels: labels, labelSmoothing: smoothing)
    #expect(abs(loss - Twins.crossEntropy(logits, labels: labels, smoothing: smoothing)) < 1e-6)
    let expected = numericalGradient(at: logits) { Twins.crossEntropy($0, labels: labels, smoothing: smoothing) }
    #expect(mismatch(gradient, expected, absolute: 1e-6) == nil)
  }

  @Test func hugeLogitsDoNotOverflow() {
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      Tensor([1e30, -1e30], shape: [1, 2]), labels: [0], labelSmoothing: 0)
    #expect(loss == 0)
    #expect(gradient.elements == [0, 0])
  }
}

@Suite struct OptimizerUpdateTests {
  @Test(arguments: [1, 7, 8, 9, 1000], [true, false])
  func sgdEqualsItsFormulaOverTenSteps(count: Int, nesterov: Bool) {
    var (w, v) = (Numbers(random: [count], "w"), Numbers(zeros: [count]))
    var (weight, velocity) = (w.tensor, v.tensor)
    for step in 0..<10 {
      let g = Numbers(random: [count], "g\(step)")
      OptimizerUpdate.sgd(
        &weight, velocity: &velocity, gradient: g.tensor, rate: 0.1, momentum: 0.9, nesterov: nesterov, decay: 5e-4)
      for index in 0..<count {
        let pull = g.values[index] + 5e-4 * w.values[index]
        v.values[index] = 0.9 * v.values[index] + pull
        w.values[index] -= 0.1 * (nesterov ? pull + 0.9 * v.values[index] : v.values[index])
      }
    }
    #expect(mismatch(weight, w, absolute: 1e-5) == nil)
    #expect(mismatch(velocity, v, absolute: 1e-5) == nil)
  }
}
