import Kernels
import TestSupport
import Testing

@Suite struct PositionMeanTests {
  /// Sequences of random lengths with padding anywhere, but for one position of each.
  private static func marks(batch: Int, length: Int) -> [Bool] {
    let stream = Seed(3).stream("marks/\(batch)/\(length)")
    return (0..<batch * length).map { $0 % length == length / 2 || stream.integer(below: 2, at: $0) == 0 }
  }

  @Test(arguments: [[1, 1, 1], [2, 3, 7], [3, 5, 8], [2, 4, 9], [5, 64, 33]] as [Shape])
  func meansAndGradientsAgreeWithPlainLoops(shape: Shape) {
    let (batch, length, width) = (shape[0], shape[1], shape[2])
    let counted = Self.marks(batch: batch, length: length)
    let (x, upstream) = (Tensor.random("x", shape), Tensor.random("upstream", [batch, width]))
    let mean = PositionMean(counted: counted, batch: batch)
    let (values, slopes) = (x.elements, upstream.elements)
    var means = [Double](repeating: 0, count: batch * width)
    var gradient = [Double](repeating: 0, count: shape.count)
    for sequence in 0..<batch {
      let positions = (0..<length).filter { counted[sequence * length + $0] }
      for column in 0..<width {
        let total = positions.reduce(0) { $0 + Double(values[(sequence * length + $1) * width + column]) }
        means[sequence * width + column] = total / Double(positions.count)
        for position in positions {
          gradient[(sequence * length + position) * width + column] =
            Double(slopes[sequence * width + column]) / Double(positions.count)
        }
      }
    }
    expectClose(
      mean(x), PlainTensor(means, shape: [batch, width]), Tolerance(absolute: 1e-6, relative: 1e-6), "mean")
    expectClose(
      mean.gradient(upstream), PlainTensor(gradient, shape: shape), Tolerance(absolute: 1e-6, relative: 1e-6),
      "gradient")
  }

  @Test func paddingHasNoSay() {
    let mean = PositionMean(counted: [true, false, true, true, false, false], batch: 2)
    let x = Tensor([1, 2, .nan, .infinity, 5, 6, 7, 8, .nan, .nan, .nan, .nan], shape: [2, 3, 2])
    #expect(mean(x).elements == [3, 4, 7, 8])
    #expect(
      mean.gradient(Tensor([2, 4, 1, 1], shape: [2, 2])).elements == [1, 2, 0, 0, 1, 2, 1, 1, 0, 0, 0, 0])
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "a sequence of padding alone") {
      _ = PositionMean(counted: [true, false], batch: 2)
    }
    await #expect(processExitsWith: .failure, "marks of another count") {
      _ = PositionMean(counted: [true, true, true], batch: 2)
    }
    await #expect(processExitsWith: .failure, "vectors of another length") {
      _ = PositionMean(counted: [true, true], batch: 1)(.random("x", [1, 3, 2]))
    }
  }
}
