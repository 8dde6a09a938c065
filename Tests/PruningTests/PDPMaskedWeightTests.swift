import Glibc
import Kernels
import Pruning
import Testing

@Suite struct PDPMaskedWeightTests {
  private let weights: [Float] = (0..<48).map { Float(Seed(5).stream("w").uniform(at: $0) - 0.5) }

  @Test func nothingPrunedMeansAMaskOfOnes() {
    let weight = Tensor(weights, shape: [4, 12])
    let masked = PDPMaskedWeight(weight, pattern: .unstructured(sparsity: 0), temperature: 1e-4)
    #expect(masked.mask.elements.allSatisfy { $0 == 1 })
    #expect(masked.output.elements == weights && masked.threshold == nil)
    #expect(masked.gradient(upstream: weight).elements == weights)
  }

  @Test(arguments: [(2, 4), (1, 4), (4, 8), (4, 4)])
  func everyGroupKeepsItsLargest(keeping: Int, size: Int) {
    let weight = Tensor(weights, shape: [3, 8, 1, 2])
    let masked = PDPMaskedWeight(weight, pattern: .groups(keeping: keeping, of: size), temperature: 1e-9)
    let mask = masked.mask.elements
    for output in 0..<3 {
      for first in stride(from: 0, to: 8, by: size) {
        for position in 0..<2 {
          let group = (first..<first + size).map { output * 16 + $0 * 2 + position }
          let largest = group.sorted { abs(weights[$0]) > abs(weights[$1]) }.prefix(keeping)
          #expect(Set(group.filter { mask[$0] > 0.5 }) == Set(largest))
        }
      }
    }
  }

  @Test func groupGradientAgreesWithCentralDifferences() {
    let shape: Shape = [6, 8]
    let masked = PDPMaskedWeight(
      Tensor(weights, shape: shape), pattern: .groups(keeping: 2, of: 4), temperature: 1e-2)
    let slopes = masked.gradient(upstream: Tensor(repeating: 1, shape: shape)).elements
    for index in weights.indices {
      let first = index / 4 * 4
      let sorted = (first..<first + 4).map { abs(Double(weights[$0])) }.sorted()
      let threshold = (sorted[1] + sorted[2]) / 2
      func output(_ w: Double) -> Double { w / (1 + exp((threshold * threshold - w * w) / 1e-2)) }
      let w = Double(weights[index])
      let slope = (output(w + 1e-6) - output(w - 1e-6)) / 2e-6
      #expect(abs(Double(slopes[index]) - slope) < 1e-5 * max(1, abs(slope)))
    }
  }

  @Test func channelGradientAgreesWithCentralDifferences() throws {
    let shape: Shape = [6, 8]
    let masked = PDPMaskedWeight(
      Tensor(weights, shape: shape), pattern: .channels(sparsity: 0.5), temperature: 0.1)
    let threshold = try #require(masked.threshold)
    let upstream = weights.indices.map { Double($0 % 5) - 2 }
    let slopes = masked.gradient(upstream: Tensor(upstream.map { Float($0) }, shape: shape)).elements
    func loss(_ w: [Double]) -> Double {
      (0..<6).reduce(0.0) { total, channel in
        let row = channel * 8..<channel * 8 + 8
        let squared = row.reduce(0.0) { $0 + w[$1] * w[$1] }
        let mask = 1 / (1 + exp((threshold * threshold - squared) / 0.1))
        return total + row.reduce(0.0) { $0 + mask * w[$1] * upstream[$1] }
      }
    }
    let base = weights.map { Double($0) }
    for index in base.indices {
      var (up, down) = (base, base)
      up[index] += 1e-6
      down[index] -= 1e-6
      #expect(abs(Double(slopes[index]) - (loss(up) - loss(down)) / 2e-6) < 1e-5)
    }
  }
}
