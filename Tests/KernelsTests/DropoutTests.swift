import Kernels
import TestSupport
import Testing

@Suite struct DropoutTests {
  private static func mask(_ probability: Double, _ name: String = "dropout") -> DropoutMask {
    DropoutMask(probability: probability, stream: Seed(7).stream(name))
  }

  /// What the mask multiplies each of `count` elements with.
  private static func factors(_ mask: DropoutMask, _ count: Int) -> [Float] {
    mask(Tensor(repeating: 1, shape: [count])).elements
  }

  @Test func oneStreamGivesOneMaskAndAnotherStreamAnother() {
    #expect(Self.mask(0.5) == Self.mask(0.5))
    #expect(Self.mask(0.5) != Self.mask(0.5, "other"))
    #expect(Self.mask(0.5) != Self.mask(0.25))
    let first = Self.factors(Self.mask(0.5), 1000)
    #expect(Self.factors(Self.mask(0.5), 1000) == first)
    #expect(Self.factors(Self.mask(0.5, "other"), 1000) != first)
    let other = DropoutMask(probability: 0.5, stream: Seed(8).stream("dropout"))
    #expect(Self.factors(other, 1000) != first)
  }

  /// Within four standard deviations of a fair draw.
  @Test(arguments: [0.1, 0.5, 0.9])
  func theShareLeftOutIsTheProbability(probability: Double) {
    let count = 1_000_000
    let left = Self.factors(Self.mask(probability), count).count { $0 == 0 }
    let deviation = (probability * (1 - probability) / Double(count)).squareRoot()
    #expect(abs(Double(left) / Double(count) - probability) < 4 * deviation)
  }

  /// Pairs of elements are both left out as often as independent ones are: neighbours, those a register or a row of a
  /// matrix apart, and the same element under two streams.
  @Test(arguments: [0.1, 0.5])
  func fatesAreIndependent(probability: Double) {
    let count = 1_000_000
    let isOut = Self.factors(Self.mask(probability), count).map { $0 == 0 }
    let others = Self.factors(Self.mask(probability, "other"), count).map { $0 == 0 }
    let both = probability * probability
    let deviation = (both * (1 - both) / Double(count)).squareRoot()
    for distance in [1, 2, 8, 384, 65_536] {
      let pairs = (0..<count - distance).count { isOut[$0] && isOut[$0 + distance] }
      #expect(abs(Double(pairs) / Double(count - distance) - both) < 5 * deviation, "distance \(distance)")
    }
    let pairs = isOut.indices.count { isOut[$0] && others[$0] }
    #expect(abs(Double(pairs) / Double(count) - both) < 5 * deviation, "two streams")
  }

  @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 1000], [0.1, 0.5, 0.75])
  func keptElementsAreScaledUp(count: Int, probability: Double) {
    let x = Tensor.random("x", [count])
    let factors = Self.factors(Self.mask(probability), count)
    let scale = Float(1 / (1 - probability))
    #expect(factors.allSatisfy { $0 == 0 || $0 == scale })
    #expect(Self.mask(probability)(x).elements == zip(x.elements, factors).map { $0 * $1 })
  }

  /// An element's fate is a function of its index alone, whether it lies in a register, in the rest, or in any chunk.
  @Test func fatesDoNotDependOnTheLengthOrTheShape() {
    let mask = Self.mask(0.5)
    let long = Self.factors(mask, 100_003)
    for count in [0, 1, 7, 8, 9, 63, 64, 65, 1 << 15, 1 << 15 | 1, 99_999] {
      #expect(Self.factors(mask, count) == Array(long.prefix(count)), "\(count) elements")
    }
    let matrix = mask(Tensor(repeating: 1, shape: [3, 5, 67]))
    #expect(matrix.shape == [3, 5, 67])
    #expect(matrix.elements == Array(long.prefix(3 * 5 * 67)))
  }

  @Test func fatesDoNotDependOnTheNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      return Self.factors(Self.mask(0.1), 200_001)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  /// In row-major order, however a tensor lies in memory.
  @Test func fatesFollowTheShapeAndNotTheMemory() {
    let images = Convolution.forward(
      .random("image", [2, 8, 3, 5]), weight: .random("filters", [16, 8, 1, 1]), geometry: ConvolutionGeometry())
    let plain = Tensor(images.elements, shape: images.shape)
    expectClose(Self.mask(0.5)(images), Self.mask(0.5)(plain), .exact)
  }

  @Test func probabilityZeroLeavesEverything() {
    let x = Tensor.random("x", [1001])
    expectClose(Self.mask(0)(x), x, .exact)
  }

  /// The function is linear, so that its derivative is itself.
  @Test func theGradientIsTheSameFunction() {
    let mask = Self.mask(0.3)
    let (x, step) = (Tensor.random("x", [100]), Tensor.random("step", [100]))
    let upstream = Tensor.random("upstream", [100])
    let moved = PlainTensor<Double>(mask(Elementwise.sum(x, step)))
    let change = moved.zip(PlainTensor(mask(x)), -).dot(PlainTensor(upstream))
    #expect(abs(change - PlainTensor<Double>(mask(upstream)).dot(PlainTensor(step))) < 1e-5)
    #expect(abs(change) > 1e-2)
  }

  @Test func whatIsLeftOutIsZeroWhateverItWas() {
    let mask = Self.mask(0.5)
    let factors = Self.factors(mask, 50)
    for value in [Float.nan, .infinity, -1] {
      let result = mask(Tensor(repeating: value, shape: [50])).elements
      for index in factors.indices {
        if factors[index] == 0 {
          #expect(result[index] == 0)
        } else {
          #expect(result[index] == 2 * value || (result[index].isNaN && value.isNaN))
        }
      }
    }
  }

  @Test func probabilitiesOutsideTheRangeAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "negative") {
      _ = DropoutMask(probability: -0.1, stream: Seed(1).stream("dropout"))
    }
    await #expect(processExitsWith: .failure, "one") {
      _ = DropoutMask(probability: 1, stream: Seed(1).stream("dropout"))
    }
    await #expect(processExitsWith: .failure, "not a number") {
      _ = DropoutMask(probability: .nan, stream: Seed(1).stream("dropout"))
    }
  }
}
