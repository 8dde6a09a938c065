import Testing

@testable import Kernels

@Suite struct MemoryPoolTests {
  /// Five hundred sizes, one after the other, ask for 5 GB in all.
  @Test func memoryOfShapesThatDoNotComeBackIsLetGo() {
    for size in 1...500 {
      let tensor = Tensor(repeating: Float(size), shape: [size, 10_007])
      #expect(tensor.elements.last == Float(size))
      let bytes = MemoryPool.bytes
      #expect(bytes.idle <= bytes.mostUsed)
    }
  }

  @Test(arguments: [1, 63, 64, 65, 4095, 4096, 4097, 65_536, 65_537, 1_000_003, (1 << 30) + 1])
  func sizesAreRoundedUpByAnEighthOrAPageAtMost(bytes: Int) {
    let rounded = MemoryPool.roundedUp(bytes)
    #expect(rounded >= bytes && rounded % 64 == 0)
    #expect(rounded - bytes < max(4096, bytes / 8 + 1))
    #expect(MemoryPool.roundedUp(rounded) == rounded)
  }
}
