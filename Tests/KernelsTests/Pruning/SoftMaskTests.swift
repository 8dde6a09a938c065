import Foundation
import Kernels
import Testing

/// The soft mask as a plain formula, the twin of the kernels.
private func mask(_ w: Double, threshold: Double, temperature: Double) -> Double {
  1 / (1 + exp(-(w * w - threshold * threshold) / temperature))
}

private func expectClose(_ got: [Float], _ expected: [Double], tolerance: Double, _ location: SourceLocation) {
  #expect(got.count == expected.count, sourceLocation: location)
  for (index, pair) in zip(got, expected).enumerated() {
    let error = abs(Double(pair.0) - pair.1)
    #expect(error <= tolerance * max(1, abs(pair.1)), "element \(index)", sourceLocation: location)
  }
}

extension SoftMask {
  fileprivate func gradient(at weight: Tensor, upstream: Tensor) -> Tensor {
    var gradient = upstream
    pullBack(&gradient, at: weight)
    return gradient
  }
}

@Suite struct SoftMaskTests {
  /// Weights of a standard deviation near 0.1, and the threshold among them.
  private func weights(_ count: Int) -> [Float] {
    let stream = Seed(11).stream("soft-mask")
    return (0..<count).map { Float(stream.uniform(at: $0) - 0.5) * 0.4 }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 1000, 70_001], [1e-5, 1e-4, 1e-2])
  func kernelsAgreeWithTheirTwins(count: Int, temperature: Double) {
    let threshold = 0.150_000_003
    let weights = weights(count)
    let weight = Tensor(weights, shape: [count])
    let soft = SoftMask(threshold: threshold, temperature: temperature)
    let masks = weights.map { mask(Double($0), threshold: threshold, temperature: temperature) }
    let here: SourceLocation = #_sourceLocation
    expectClose(soft.values(of: weight).elements, masks, tolerance: 1e-6, here)
    expectClose(
      soft.product(with: weight).elements, zip(masks, weights).map { $0 * Double($1) }, tolerance: 1e-6, here)
    let upstream = weights.map { 3 - $0 }
    let slopes = zip(masks, zip(weights, upstream)).map { m, pair in
      Double(pair.1) * m * (1 + 2 * Double(pair.0) * Double(pair.0) / temperature * (1 - m))
    }
    expectClose(
      soft.gradient(at: weight, upstream: Tensor(upstream, shape: [count])).elements, slopes, tolerance: 4e-6, here)
  }

  @Test func gradientAgreesWithCentralDifferences() {
    let (threshold, temperature, step) = (0.25, 0.01, 1e-5)
    let weights: [Float] = [0.5, -0.1, 0.3, -0.8, 0.05, 0.2, -0.4, 0.9, 0.25, -0.249]
    let soft = SoftMask(threshold: threshold, temperature: temperature)
    let shape: Shape = [weights.count]
    let slopes = soft.gradient(at: Tensor(weights, shape: shape), upstream: Tensor(repeating: 1, shape: shape))
    func output(_ w: Double) -> Double { mask(w, threshold: threshold, temperature: temperature) * w }
    let differences = weights.map { (output(Double($0) + step) - output(Double($0) - step)) / (2 * step) }
    expectClose(slopes.elements, differences, tolerance: 2e-6, #_sourceLocation)
  }

  @Test func publishedNumbersComeOut() {
    let weights: [Float] = [0.5, -0.1, 0.3, -0.8, 0.05, 0.2, -0.4, 0.9]
    let soft = SoftMask(threshold: 0.25, temperature: 0.01)
    let weight = Tensor(weights, shape: [2, 4])
    expectClose(
      soft.values(of: weight).elements, [1, 0.005220, 0.939913, 1, 0.002473, 0.095349, 0.999942, 1],
      tolerance: 1e-6, #_sourceLocation)
    let slopes = soft.gradient(at: weight, upstream: Tensor(repeating: 1, shape: [2, 4])).elements
    expectClose(
      [slopes[1], slopes[2], slopes[5]], [0.015606, 1.956486, 0.785413], tolerance: 1e-6, #_sourceLocation)
  }

  @Test func farFromTheThresholdMasksAreExactlyZeroAndOne() {
    let soft = SoftMask(threshold: 0.3, temperature: 1e-5)
    let weight = Tensor([0, 0.1, -0.2, 0.5, -0.8, 1e30], shape: [6])
    #expect(soft.values(of: weight).elements == [0, 0, 0, 1, 1, 1])
    #expect(soft.product(with: weight).elements == [0, 0, 0, 0.5, -0.8, 1e30])
    let upstream = Tensor(repeating: 2, shape: [6])
    #expect(soft.gradient(at: weight, upstream: upstream).elements.prefix(5) == [0, 0, 0, 2, 2])
  }

  @Test func atTheThresholdTheMaskIsOneHalf() {
    let soft = SoftMask(threshold: 0.25, temperature: 1e-30)
    #expect(soft.values(of: Tensor([0.25, -0.25], shape: [2])).elements == [0.5, 0.5])
  }

  @Test func aVanishingThresholdAndTemperatureKeepAllButZeros() {
    let soft = SoftMask(threshold: 0, temperature: Double(Float.leastNormalMagnitude))
    let weight = Tensor([0, 1e-3, -2], shape: [3])
    #expect(soft.product(with: weight).elements == [0, 1e-3, -2])
    let slopes = soft.gradient(at: weight, upstream: Tensor(repeating: 1, shape: [3])).elements
    #expect(slopes == [0.5, 1, 1])
  }

  @Test func aGradientThatIsSharedIsNotOverwritten() {
    let soft = SoftMask(threshold: 0.25, temperature: 1e-2)
    let upstream = Tensor([1, 2, 3], shape: [3])
    var gradient = upstream
    soft.pullBack(&gradient, at: Tensor([0.2, 0.1, -0.3], shape: [3]))
    #expect(upstream.elements == [1, 2, 3])
    #expect(gradient.elements != upstream.elements)
  }

  @Test func notANumberIsPassedOn() {
    let soft = SoftMask(threshold: 0.25, temperature: 1e-4)
    #expect(soft.product(with: Tensor([.nan], shape: [1])).scalar.isNaN)
  }

  @Test func aTemperatureOfZeroIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) { _ = SoftMask(threshold: 0.1, temperature: 0) }
  }
}
