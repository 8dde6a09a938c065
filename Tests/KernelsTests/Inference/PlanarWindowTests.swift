import Kernels
import TestSupport
import Testing

/// The kernels of planes that look at neighbouring pixels, and pooling, against plain loops.
@Suite struct PlanarWindowTests {
  static let extents = [
    (1, 1), (1, 5), (5, 1), (2, 2), (3, 3), (7, 7), (5, 8), (8, 9), (14, 14), (15, 16), (17, 17), (4, 31), (13, 33),
  ]

  /// The last three have several bands of rows, or would have if their rows were not shorter than a vector.
  static let shapes: [Shape] =
    extents.flatMap { height, width -> [Shape] in
      [[1, 1, height, width], [2, 5, height, width], [0, 3, height, width]]
    } + [[1, 2, 115, 112], [1, 2, 226, 130], [1, 2, 403, 7]]

  @Test(arguments: [1, 2], shapes)
  func depthwiseAgreesWithAPlainConvolution(_ stride: Int, _ shape: Shape) {
    let channels = shape[1]
    let (input, weight) = (Tensor.random("input", shape), Tensor.random("weight", [channels, 1, 3, 3]))
    let bias = Tensor.random("bias", [channels])
    let twin = ConvolutionTwin(input: shape, weight: weight.shape, stride: stride, padding: 1, groups: channels)
    var expected = twin.forward(PlainTensor<Double>(input), PlainTensor<Double>(weight))
    let area = expected.shape[2] * expected.shape[3]
    for index in expected.elements.indices {
      expected.elements[index] = max(0, expected.elements[index] + Double(bias.elements[index / area % channels]))
    }
    let layer = PlanarDepthwise(weight: weight, bias: bias, activation: .relu, stride: stride, input: shape)
    let output = ImagePlanes(layer.outputShape)
    layer.run(ImagePlanes(input), into: output)
    expectClose(output.tensor, expected)
  }

  @Test(
    arguments: [(1, 1, 0), (1, 2, 0), (3, 1, 1), (3, 2, 1), (3, 1, 0), (5, 3, 2), (7, 2, 3)],
    [(7, 7), (8, 9), (16, 16), (9, 20)])
  func patchesTimesFiltersAreAConvolution(_ window: (kernel: Int, stride: Int, padding: Int), _ extents: (Int, Int)) {
    let geometry = ConvolutionGeometry(stride: window.stride, padding: window.padding)
    let shape: Shape = [2, 3, extents.0, extents.1]
    let (input, weight) = (
      Tensor.random("input", shape), Tensor.random("weight", [5, 3, window.kernel, window.kernel])
    )
    let twin = ConvolutionTwin(input: shape, weight: weight.shape, stride: window.stride, padding: window.padding)
    let patches = PlanarPatches(kernel: (window.kernel, window.kernel), geometry: geometry, input: shape)
    let columns = ImagePlanes(patches.outputShape)
    patches.run(ImagePlanes(input), into: columns)
    let product = SparseProduct(
      weight: weight.reshaped(to: [5, 3 * window.kernel * window.kernel]), bias: nil, activation: .identity,
      input: patches.outputShape)
    let output = ImagePlanes(product.outputShape)
    product.run(columns, into: output)
    expectClose(output.tensor, twin.forward(PlainTensor<Double>(input), PlainTensor<Double>(weight)))
  }

  /// Bit for bit, with and without a residual, in images of one band and of several, the last of which is shorter.
  @Test(
    arguments: [(1, 2, 0), (3, 1, 1), (3, 2, 1), (3, 1, 0), (5, 3, 2), (7, 2, 3)],
    [[2, 3, 9, 20], [1, 3, 56, 56], [3, 40, 17, 31], [1, 2, 101, 49], [1, 5, 7, 7], [0, 3, 20, 20]] as [Shape])
  func bandsGiveWhatWholeImagesGive(_ window: (kernel: Int, stride: Int, padding: Int), _ shape: Shape) {
    let geometry = ConvolutionGeometry(stride: window.stride, padding: window.padding)
    let patches = PlanarPatches(kernel: (window.kernel, window.kernel), geometry: geometry, input: shape)
    var filters = Tensor.random("weight", [6, shape[1], window.kernel, window.kernel]).elements
    for index in filters.indices where index % 3 != 0 { filters[index] = 0 }
    let weight = Tensor(filters, shape: [6, shape[1], window.kernel, window.kernel])
    let bias = Tensor.random("bias", [6])
    let product = SparseProduct(
      weight: weight.reshaped(to: [6, patches.outputShape[1]]), bias: bias, activation: .relu,
      input: patches.outputShape)
    let input = ImagePlanes(Tensor.random("input", shape))
    let columns = ImagePlanes(patches.outputShape)
    patches.run(input, into: columns)
    let area = patches.outputShape[2] * patches.outputShape[3]
    guard let bands = SparseConvolution(patches, weight: weight, bias: bias, activation: .relu) else {
      #expect(area < 28 || patches.outputShape[1] * area > 1 << 17, "no bands of \(patches.outputShape)")
      return
    }
    for residual in [nil, ImagePlanes(Tensor.random("residual", product.outputShape))] {
      let (whole, output) = (ImagePlanes(product.outputShape), ImagePlanes(product.outputShape))
      product.run(columns, residual: residual, into: whole)
      bands.run(input, residual: residual, into: output)
      #expect(output.tensor.elements == whole.tensor.elements)
    }
  }

  @Test(arguments: [[1, 5, 7, 7], [3, 4, 1, 1], [2, 3, 5, 8], [0, 3, 2, 2]] as [Shape])
  func globalAverageIsTheMeanOfEachPlane(_ shape: Shape) {
    let input = Tensor.random("input", shape)
    let output = ImagePlanes([1, shape[1], 1, shape[0]])
    PlanarPooling.globalAverage(ImagePlanes(input), into: output)
    let means = PoolingTwin(input: shape, kernel: (shape[2], shape[3]), stride: 1, padding: 0)
      .average(PlainTensor<Double>(input))
    var expected = PlainTensor<Double>(repeating: 0, shape: output.shape)
    for (index, mean) in means.elements.enumerated() {
      let (image, channel) = index.quotientAndRemainder(dividingBy: shape[1])
      expected.elements[channel * shape[0] + image] = mean
    }
    expectClose(output.tensor, expected)
  }

  @Test(arguments: [(2, 2, 0), (3, 2, 1), (3, 1, 1)], [(7, 7), (8, 9), (16, 16)])
  func maximumIsThatOfEachWindow(_ window: (kernel: Int, stride: Int, padding: Int), _ extents: (Int, Int)) {
    let input = Tensor.random("input", [2, 3, extents.0, extents.1])
    let geometry = PoolingGeometry(
      .maximum, kernel: window.kernel, stride: window.stride, padding: window.padding)
    let twin = PoolingTwin(
      input: input.shape, kernel: (window.kernel, window.kernel), stride: window.stride, padding: window.padding)
    let output = ImagePlanes(PlanarPooling.outputShape(input.shape, geometry))
    PlanarPooling.maximum(ImagePlanes(input), geometry, into: output)
    expectClose(output.tensor, twin.maximum(PlainTensor<Double>(input)), .exact)
  }

  /// Bit for bit: bands of rows, one a thread, begin and end with rows that are summed in columns.
  @Test(arguments: [1, 2], [[1, 2, 115, 112], [2, 3, 28, 28], [1, 5, 14, 14], [1, 2, 403, 7]] as [Shape])
  func depthwiseSumsDoNotDependOnTheNumberOfThreads(_ stride: Int, _ shape: Shape) {
    let weight = Tensor.random("weight", [shape[1], 1, 3, 3])
    let layer = PlanarDepthwise(weight: weight, bias: nil, activation: .identity, stride: stride, input: shape)
    let input = ImagePlanes(Tensor.random("input", shape))
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let results = [1, 2, 3, 7].map { threads in
      ThreadPool.setSize(threads)
      let output = ImagePlanes(layer.outputShape)
      layer.run(input, into: output)
      return output.tensor.elements
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
  }

  /// Planes between others that are not numbers: small ones, rows shorter than a vector, and planes of more than a page.
  @Test(arguments: [1, 2], [[1, 3, 5, 5], [1, 3, 9, 14], [1, 3, 40, 41], [1, 3, 33, 64]] as [Shape])
  func planesInSharedMemoryLeaveTheirNeighboursAlone(_ stride: Int, _ shape: Shape) {
    let weight = Tensor.random("weight", [3, 1, 3, 3])
    let layer = PlanarDepthwise(weight: weight, bias: nil, activation: .identity, stride: stride, input: shape)
    let (size, result) = (ImagePlanes.count(shape), ImagePlanes.count(layer.outputShape))
    let memory = PlaneMemory(count: 2 * size + result + size)
    let whole = ImagePlanes([1, 1, 1, memory.count], in: memory, at: 0)
    whole.fill(from: Tensor(repeating: .nan, shape: whole.shape))
    let input = ImagePlanes(shape, in: memory, at: size)
    let values = Tensor.random("input", shape)
    input.fill(from: values)
    #expect(input.tensor.elements == values.elements)
    let output = ImagePlanes(layer.outputShape, in: memory, at: 2 * size)
    layer.run(input, into: output)
    let twin = ConvolutionTwin(input: shape, weight: weight.shape, stride: stride, padding: 1, groups: 3)
    expectClose(output.tensor, twin.forward(PlainTensor<Double>(values), PlainTensor<Double>(weight)))
    let all = whole.tensor.elements
    let written = (all.prefix(size) + all.suffix(size)).count { !$0.isNaN }
    #expect(written == 0, "a kernel wrote outside of its planes")
  }
}
