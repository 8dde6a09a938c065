import Foundation
import Testing

@testable import Datasets

@Suite struct IDXTests {
  @Test(arguments: [[0], [1], [7], [3, 2, 2], [2, 3, 5, 4]], [false, true])
  func readsWhatItWrote(shape: [Int], isCompressed: Bool) throws {
    let elements = (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
    let file = IDX.file(elements, shape: shape)
    #expect(file.count == 4 + 4 * shape.count + elements.count)
    let data = isCompressed ? Samples.gzip(file) : file
    #expect(try IDX.read(data, isCompressed: isCompressed, shape: shape) == elements)
  }

  @Test func headerIsThePublishedOne() {
    #expect([UInt8](IDX.file([5, 6], shape: [2, 1, 1])) == [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6])
  }

  @Test(arguments: [0, 1, 3, 4, 9, 15, 16, 26])
  func fileCutOffIsTruncated(length: Int) {
    let file = IDX.file([UInt8](repeating: 9, count: 12), shape: [3, 2, 2])
    let expected = length < 16 ? 16 : 28
    #expect(throws: FileFault.truncated(expected: expected, actual: length)) {
      try IDX.read(file.prefix(length), isCompressed: false, shape: [3, 2, 2])
    }
  }

  @Test func fileThatGoesOnIsTooLong() {
    let file = IDX.file([1, 2, 3], shape: [3]) + Data([0])
    #expect(throws: FileFault.tooLong(expected: 11)) { try IDX.read(file, isCompressed: false, shape: [3]) }
    #expect(throws: FileFault.tooLong(expected: 11)) {
      try IDX.read(Samples.gzip(file), isCompressed: true, shape: [3])
    }
  }

  @Test func otherTypesAndDimensionsHaveAWrongMagic() {
    var file = IDX.file([1, 2, 3], shape: [3])
    #expect(throws: FileFault.wrongMagic(expected: 0x802, actual: 0x801)) {
      try IDX.read(file, isCompressed: false, shape: [3, 1])
    }
    file[2] = 0x0D
    #expect(throws: FileFault.wrongMagic(expected: 0x801, actual: 0xD01)) {
      try IDX.read(file, isCompressed: false, shape: [3])
    }
  }

  /// Also where the count would be absurd to allocate, and where the file is longer than the expected shape needs.
  @Test(arguments: [2, 4, 0xFFFF_FFFF])
  func anotherCountIsAWrongShape(count: Int) {
    var file = IDX.file([UInt8](repeating: 1, count: 16), shape: [4, 2, 2])
    file.replaceSubrange(4..<8, with: withUnsafeBytes(of: UInt32(count).bigEndian) { [UInt8]($0) })
    let fault = FileFault.wrongShape(expected: [3, 2, 2], actual: [count, 2, 2])
    #expect(throws: fault) { try IDX.read(file, isCompressed: false, shape: [3, 2, 2]) }
    #expect(throws: fault) { try IDX.read(Samples.gzip(file), isCompressed: true, shape: [3, 2, 2]) }
  }

  @Test func gzipCutOffAnywhereIsTruncated() {
    let file = Samples.gzip(IDX.file((0..<200).map { UInt8($0) }, shape: [200]))
    for length in [0, 1, 10, file.count / 2, file.count - 8, file.count - 1] {
      #expect {
        try IDX.read(file.prefix(length), isCompressed: true, shape: [200])
      } throws: { error in
        guard case .truncated(expected: 208, actual: 0...208) = error as? FileFault else { return false }
        return true
      }
    }
  }

  /// Terabytes by the manifest, a few bytes in the file.
  @Test func gzipIsGivenNoMoreRoomThanItCanFill() {
    let file = Samples.gzip(IDX.file([1, 2], shape: [2]))
    #expect(throws: FileFault.wrongShape(expected: [1 << 42], actual: [2])) {
      try IDX.read(file, isCompressed: true, shape: [1 << 42])
    }
    #expect(throws: FileFault.truncated(expected: 8 + 1 << 42, actual: 0)) {
      try IDX.read(Data(), isCompressed: true, shape: [1 << 42])
    }
  }

  @Test func gzipWithAWrongChecksumOrNoGzipIsDamaged() {
    var file = Samples.gzip(IDX.file((0..<200).map { UInt8($0) }, shape: [200]))
    file[file.count - 8] ^= 1
    #expect(throws: FileFault.compression("incorrect data check")) {
      try IDX.read(file, isCompressed: true, shape: [200])
    }
    #expect(throws: FileFault.compression("incorrect header check")) {
      try IDX.read(IDX.file([1], shape: [1]), isCompressed: true, shape: [1])
    }
  }
}
