import Foundation
import Kernels
import Testing

@Suite struct KeepMaskTests {
  private func mask(_ count: Int, every step: Int) -> KeepMask {
    var mask = KeepMask(repeating: false, count: count)
    for index in stride(from: 0, to: count, by: step) { mask[index] = true }
    return mask
  }

  @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 65, 1000, 70_001])
  func productAgreesWithThePlainLoopAndZerosAreExact(count: Int) {
    for step in [1, 3, 1_000_000] {
      let mask = mask(count, every: step)
      let values = (0..<count).map { index -> Float in
        index % 5 == 4 ? .nan : Float(index % 17) - 8.5
      }
      let product = mask.product(with: Tensor(values, shape: [count])).elements
      for index in 0..<count {
        let expected: Float = mask[index] ? values[index] : 0
        #expect(product[index].bitPattern == expected.bitPattern)
      }
    }
  }

  @Test func productLeavesItsOperandAlone() {
    let weight = Tensor([1, 2, 3], shape: [3])
    _ = mask(3, every: 2).product(with: weight)
    #expect(weight.elements == [1, 2, 3])
  }

  @Test(arguments: [0, 1, 7, 8, 9, 64, 1000])
  func keptCountAndFlipsAgreeWithThePlainLoop(count: Int) {
    let (twos, threes) = (mask(count, every: 2), mask(count, every: 3))
    #expect(twos.keptCount == (0..<count).count { $0 % 2 == 0 })
    #expect(twos.flips(from: threes) == (0..<count).count { ($0 % 2 == 0) != ($0 % 3 == 0) })
    #expect(twos.flips(from: twos) == 0)
    #expect(KeepMask(repeating: true, count: count).keptCount == count)
  }

  @Test(arguments: [0, 1, 63, 64, 65, 1000])
  func encodingAndDecodingGiveTheSameMask(count: Int) throws {
    let mask = mask(count, every: 3)
    #expect(try JSONDecoder().decode(KeepMask.self, from: JSONEncoder().encode(mask)) == mask)
  }

  @Test(arguments: [
    #"{"count":65,"words":"0000000000000001"}"#,
    #"{"count":4,"words":"000000000000000g"}"#,
    #"{"count":4,"words":"000000000000001"}"#,
    #"{"count":4,"words":"0000000000000010"}"#,
    #"{"count":-1,"words":""}"#,
    #"{"count":9223372036854775807,"words":""}"#,
  ])
  func damagedMasksAreRefused(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(KeepMask.self, from: Data(text.utf8)) }
  }

  @Test func zerosOfEitherSignAreCounted() {
    #expect(Tensor([0, -0.0, 1, .leastNonzeroMagnitude, .nan], shape: [5]).zeroCount == 2)
    #expect(Tensor([], shape: [0]).zeroCount == 0)
  }

  @Test func aMaskOfAnotherSizeIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      _ = KeepMask(repeating: true, count: 3).product(with: Tensor([1, 2], shape: [2]))
    }
  }
}
