import TestSupport
import Testing

@testable import Kernels

@Suite struct WinogradTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var images = 1
    let image: (height: Int, width: Int)
    let channels: Int
    let outputs: Int

    var input: Shape { [images, channels, image.height, image.width] }
    var output: Shape { [images, outputs, image.height, image.width] }
    var weight: Shape { [outputs, channels, 3, 3] }
    var testDescription: String { "\(input) by \(weight)" }

    var kernel: Winograd {
      Winograd(images: images, height: image.height, width: image.width, channels: channels, outputs: outputs)
    }
  }

  static let extents = [(1, 1), (1, 5), (5, 1), (2, 2), (3, 3), (4, 4), (7, 7), (5, 8), (8, 5)]
  static let widths = [8, 16, 24, 40]

  static let cases: [Case] =
    extents.flatMap { extent in
      [(1, 8, 8), (3, 8, 16), (1, 16, 24), (3, 24, 8)].map {
        Case(images: $0.0, image: extent, channels: $0.1, outputs: $0.2)
      }
    }
    + widths.flatMap { channels in
      widths.map { Case(image: (3, 4), channels: channels, outputs: $0) }
    }
    + [
      // Several chunks, the last of them shorter; one row of tiles wider than a chunk.
      Case(images: 3, image: (21, 23), channels: 8, outputs: 8),
      Case(images: 40, image: (3, 3), channels: 8, outputs: 16),
      Case(image: (3, 150), channels: 8, outputs: 8),
      Case(image: (150, 2), channels: 8, outputs: 8),
      // Several blocks of tiles in a chunk of the weight gradient's sum.
      Case(images: 9, image: (2, 66), channels: 8, outputs: 8),
      // Filters so many that the weight gradient is cut by rows of transformed tiles.
      Case(images: 2, image: (3, 3), channels: 104, outputs: 96),
    ]

  /// On whole numbers, weights multiples of four, nothing is rounded: every term, sign and border has to be right.
  @Test(arguments: cases)
  func wholeNumbersGiveTheDefinitionsResult(_ test: Case) {
    let input = wholeNumbers("input", test.input, times: 1)
    let weight = wholeNumbers("weight", test.weight, times: 4)
    let upstream = wholeNumbers("upstream", test.output, times: 1)
    check(test, input, weight, upstream, .exact)
  }

  /// Within 4e-7 times the root of the number of products that are added, of numbers between -1 and 1.
  @Test(arguments: cases)
  func fractionsGiveTheDefinitionsResultWithinRounding(_ test: Case) {
    let (input, weight) = (Tensor.random("input", test.input), Tensor.random("weight", test.weight))
    check(test, input, weight, .random("upstream", test.output), nil)
  }

  @Test func resultsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    for test in [
      Case(images: 37, image: (9, 11), channels: 16, outputs: 24),
      Case(images: 16, image: (5, 5), channels: 136, outputs: 128),
    ] {
      let (input, weight) = (Tensor.random("input", test.input), Tensor.random("weight", test.weight))
      let upstream = Tensor.random("upstream", test.output)
      let results = [1, 2, 3].map { threads in
        ThreadPool.setSize(threads)
        return run(test, input, weight, upstream).map(\.elements)
      }
      #expect(results[1] == results[0])
      #expect(results[2] == results[0])
    }
  }

  @Test func anEmptyBatchHasNoOutputAndNoGradient() {
    let test = Case(images: 0, image: (4, 5), channels: 8, outputs: 16)
    let nothing = Tensor([], shape: [0, 8, 4, 5])
    // Memory of the gradient's size that held something else before.
    do { _ = (0..<8).map { _ in Tensor(repeating: .nan, shape: test.weight) } }
    let results = run(test, nothing, .random("weight", test.weight), Tensor([], shape: test.output))
    #expect(results[0].shape == test.output)
    #expect(results[1].shape == test.input)
    expectClose(results[2], Tensor(repeating: 0, shape: test.weight), .exact)
  }

  @Test func channelsThatDoNotComeInEightsAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "input channels") {
      _ = Winograd(images: 1, height: 4, width: 4, channels: 12, outputs: 8)
    }
    await #expect(processExitsWith: .failure, "output channels") {
      _ = Winograd(images: 1, height: 4, width: 4, channels: 8, outputs: 9)
    }
    await #expect(processExitsWith: .failure, "no rows") {
      _ = Winograd(images: 1, height: 0, width: 4, channels: 8, outputs: 8)
    }
    await #expect(processExitsWith: .failure, "storage too small") {
      let storage = Storage(bytes: 1 << 12)
      Winograd(images: 1, height: 4, width: 4, channels: 8, outputs: 16)
        .forward(storage, weight: storage, into: storage)
    }
  }

  /// Compares all three passes with the twin; without a tolerance, with the bound for rounded numbers.
  private func check(
    _ test: Case, _ input: Tensor, _ weight: Tensor, _ upstream: Tensor, _ tolerance: Tolerance?,
    location: SourceLocation = #_sourceLocation
  ) {
    let twin = ConvolutionTwin(input: test.input, weight: test.weight, padding: 1)
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    let results = run(test, input, weight, upstream)
    func bound(_ products: Int) -> Tolerance {
      tolerance ?? Tolerance(absolute: 4e-7 * Double(products).squareRoot(), relative: 0)
    }
    expectClose(
      results[0], twin.forward(x, w), bound(9 * test.channels), "output", sourceLocation: location)
    expectClose(
      results[1], twin.inputGradient(g, w), bound(9 * test.outputs), "input gradient", sourceLocation: location)
    expectClose(
      results[2], twin.weightGradient(g, x), bound(test.images * test.image.height * test.image.width),
      "weight gradient", sourceLocation: location)
  }

  /// Output, input gradient and weight gradient in PyTorch's order.
  private func run(_ test: Case, _ input: Tensor, _ weight: Tensor, _ upstream: Tensor) -> [Tensor] {
    let (x, g) = (channelsLast(input), channelsLast(upstream))
    // Not a number wherever a kernel forgets to write.
    let output = Tensor(repeating: .nan, shape: g.shape)
    let inputGradient = Tensor(repeating: .nan, shape: x.shape)
    let weightGradient = Tensor(repeating: .nan, shape: weight.shape)
    test.kernel.forward(x.storage, weight: weight.storage, into: output.storage)
    test.kernel.inputGradient(g.storage, weight: weight.storage, into: inputGradient.storage)
    test.kernel.weightGradient(g.storage, input: x.storage, into: weightGradient.storage)
    return [channelsFirst(output), channelsFirst(inputGradient), weightGradient]
  }

  /// [N, C, H, W] to [N, H, W, C].
  private func channelsLast(_ tensor: Tensor) -> Tensor {
    let shape = tensor.shape
    return transposed(tensor, rows: shape[1], columns: shape[2] * shape[3], [shape[0], shape[2], shape[3], shape[1]])
  }

  /// [N, H, W, C] to [N, C, H, W].
  private func channelsFirst(_ tensor: Tensor) -> Tensor {
    let shape = tensor.shape
    return transposed(tensor, rows: shape[1] * shape[2], columns: shape[3], [shape[0], shape[3], shape[1], shape[2]])
  }

  /// Exchanges rows and columns of every matrix [rows, columns] in `tensor`.
  private func transposed(_ tensor: Tensor, rows: Int, columns: Int, _ shape: Shape) -> Tensor {
    let (elements, size) = (tensor.elements, rows * columns)
    return Tensor(
      elements.indices.map { elements[$0 / size * size + $0 % size % rows * columns + $0 % size / rows] }, shape: shape)
  }

  /// Whole numbers from -4 to 4 times `factor`.
  private func wholeNumbers(_ name: String, _ shape: Shape, times factor: Float) -> Tensor {
    Tensor(Tensor.random(name, shape, in: -4.49...4.49).elements.map { $0.rounded() * factor }, shape: shape)
  }
}
