import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct TensorTests {
  /// A tensor that lies in a layout of the convolution's choice, and its elements by the twin.
  private func convolved(channels: Int) -> (tensor: Tensor, expected: PlainTensor<Double>) {
    let (image, filters) = (Tensor.random("image", [2, 3, 4, 5]), Tensor.random("filters", [channels, 3, 3, 3]))
    let twin = ConvolutionTwin(input: image.shape, weight: filters.shape, padding: 1)
    return (
      Convolution.forward(image, weight: filters, geometry: ConvolutionGeometry(padding: 1)),
      twin.forward(PlainTensor(image), PlainTensor(filters))
    )
  }

  @Test(arguments: [[], [0], [1], [2, 0, 3], [7], [3, 5], [2, 3, 2, 2]] as [Shape])
  func elementsComeBackInOrder(shape: Shape) {
    let elements = (0..<shape.count).map { Float($0) }
    let tensor = Tensor(elements, shape: shape)
    #expect(tensor.elements == elements)
    #expect(tensor.shape == shape)
    #expect(tensor.rank == shape.rank)
    #expect(tensor.count == elements.count)
    let lent = tensor.withElements { span in span.indices.map { span[$0] } }
    #expect(lent == elements)
    #expect(Tensor(repeating: 2, shape: shape).elements == elements.map { _ in 2 })
  }

  @Test func writingToACopyLeavesTheOriginal() {
    let original = Tensor([1, 2, 3], shape: [3])
    var copy = original
    copy.withMutableElements { $0[1] = 9 }
    #expect(original.elements == [1, 2, 3])
    #expect(copy.elements == [1, 9, 3])
    copy.withMutableElements { $0[0] = 8 }
    #expect(copy.elements == [8, 9, 3])
  }

  @Test func writingToAReshapedTensorLeavesTheOriginal() {
    let original = Tensor([1, 2, 3, 4], shape: [4])
    var square = original.reshaped(to: [2, 2])
    square.withMutableElements { $0[3] = 0 }
    #expect(square.shape == [2, 2])
    #expect(square.elements == [1, 2, 3, 0])
    #expect(original.elements == [1, 2, 3, 4])
  }

  @Test(arguments: [1, 3, 7, 8, 9, 16, 17, 33])
  func aConvolutionsOutputReadsInRowMajorOrder(channels: Int) {
    let (tensor, expected) = convolved(channels: channels)
    expectClose(tensor, expected, .single, "elements")
    expectClose(
      tensor.reshaped(to: [tensor.count]), PlainTensor(expected.elements, shape: [tensor.count]), .single, "reshaped")
    let bytes = tensor.littleEndianBytes
    expectClose(Tensor(littleEndian: bytes, shape: tensor.shape), expected, .single, "bytes")
  }

  @Test(arguments: [1, 8, 17])
  func aConvolutionsOutputIsWrittenInRowMajorOrder(channels: Int) {
    let (tensor, _) = convolved(channels: channels)
    let before = tensor.elements
    var copy = tensor
    copy.withMutableElements { elements in
      for index in elements.indices { elements[index] += Float(index) }
    }
    #expect(copy.elements == before.indices.map { before[$0] + Float($0) })
    #expect(tensor.elements == before)
  }

  @Test func anErrorInsideALoanPassesThrough() {
    struct Refusal: Error, Equatable {}
    var tensor = Tensor([1], shape: [1])
    #expect(throws: Refusal()) { try tensor.withMutableElements { _ in throw Refusal() } }
    #expect(throws: Refusal()) { try tensor.withElements { _ in throw Refusal() } }
  }

  @Test func bytesAreLittleEndianAndComeBackBitForBit() {
    #expect(Tensor([1, -2], shape: [2]).littleEndianBytes == Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
    let numbers: [Float] = [0, -0.0, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let bytes = Tensor(numbers, shape: [5]).littleEndianBytes
    #expect(Tensor(littleEndian: bytes, shape: [5]).elements.map(\.bitPattern) == numbers.map(\.bitPattern))
    // A slice that does not start at a multiple of four.
    let shifted = (Data([7]) + bytes).dropFirst()
    #expect(Tensor(littleEndian: shifted, shape: [5]).elements.map(\.bitPattern) == numbers.map(\.bitPattern))
  }

  @Test func integersAreReadFromLittleEndianBytes() {
    let bytes = Data([1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    #expect(integers(littleEndian: bytes) == [1, -2])
    #expect(integers(littleEndian: Data()) == [])
  }

  @Test func scalarsAreReadFromAnyShapeOfOneElement() {
    #expect(Tensor([3], shape: []).scalar == 3)
    #expect(Tensor([3], shape: [1, 1]).scalar == 3)
  }

  @Test func shapesDescribeThemselves() {
    #expect(Shape([2, 3, 4]).description == "[2, 3, 4]")
    #expect(Shape([]).description == "[]")
    #expect(Shape([]).count == 1)
    #expect(Shape([2, 0]).count == 0)
    #expect([2, 3] as Shape == Shape([2, 3]))
  }

  @Test func countsThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "elements") { _ = Tensor([1, 2], shape: [3]) }
    await #expect(processExitsWith: .failure, "reshape") { _ = Tensor([1, 2], shape: [2]).reshaped(to: [3]) }
    await #expect(processExitsWith: .failure, "scalar") { _ = Tensor([1, 2], shape: [2]).scalar }
    await #expect(processExitsWith: .failure, "negative extent") { _ = Shape([2, -1]) }
    await #expect(processExitsWith: .failure, "bytes") { _ = Tensor(littleEndian: Data([1, 2, 3]), shape: [1]) }
    await #expect(processExitsWith: .failure, "words") { _ = integers(littleEndian: Data([1, 2, 3])) }
    await #expect(processExitsWith: .failure, "past the end") {
      var tensor = Tensor([1, 2], shape: [2])
      tensor.withMutableElements { $0[2] = 1 }
    }
  }
}
