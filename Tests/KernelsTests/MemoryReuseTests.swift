import Kernels
import TestSupport
import Testing

/// Blocks of memory go from tensor to tensor; none may reach a new tensor while an old one is read, and nothing of what
/// an old one held may show.
@Suite struct MemoryReuseTests {
  private static let channels = [1, 3, 7, 8, 16, 17, 33]

  /// One training step's kernels on `channels` channels, each result read at the end.
  private static func step(_ channels: Int) -> [[Float]] {
    let image = Tensor.random("image", [2, 3, 5, 5])
    let filters = Tensor.random("filters", [channels, 3, 3, 3])
    let depthwise = Tensor.random("depthwise", [channels, 1, 3, 3])
    let (scale, shift) = (Tensor.random("scale", [channels]), Tensor.random("shift", [channels]))
    let padded = ConvolutionGeometry(padding: 1)
    let separate = ConvolutionGeometry(padding: 1, groups: channels)
    let mode = BatchNormalization.Mode(usesBatchStatistics: true, isRectified: true, epsilon: 1e-3)
    let pooling = PoolingGeometry(.maximum, kernel: 3, stride: 2, padding: 1)

    let first = Convolution.forward(image, weight: filters, geometry: padded)
    let (normalized, saved) = BatchNormalization.forward(first, scale: scale, shift: shift, statistics: nil, mode: mode)
    let second = Convolution.forward(normalized, weight: depthwise, geometry: separate)
    let sum = Elementwise.rectifiedSum(second, first)
    let (pooled, places) = Pooling.forward(sum, pooling)

    let upstream = Tensor.random("upstream", pooled.shape)
    let atSum = Elementwise.reluGradient(
      Pooling.backward(upstream, inputShape: sum.shape, saved: places, pooling), output: sum)
    let atDepthwise = Convolution.weightGradient(
      atSum, input: normalized, weightShape: depthwise.shape, hasBias: false, geometry: separate
    ).weight
    let atNormalized = Convolution.inputGradient(
      atSum, weight: depthwise, inputShape: normalized.shape, geometry: separate)
    let atFirst = BatchNormalization.backward(atNormalized, input: first, scale: scale, saved: saved)
    let atFilters = Convolution.weightGradient(
      atFirst.input, input: image, weightShape: filters.shape, hasBias: true, geometry: padded)
    let results = [
      first, normalized, second, sum, pooled, atSum, atDepthwise, atNormalized, atFirst.input, atFirst.scale,
      atFilters.weight,
    ]
    return results.map(\.elements) + [atFilters.bias?.elements ?? []]
  }

  /// Fills the free blocks of every size that `step` asks for with not-a-number.
  private static func poison() {
    var tensors: [Tensor] = []
    for bytes in Array(stride(from: 64, to: 4096, by: 64)) + Array(stride(from: 4096, through: 1 << 15, by: 4096)) {
      for _ in 0..<6 { tensors.append(Tensor(repeating: .nan, shape: [bytes / 4])) }
    }
    #expect(tensors.allSatisfy { $0.elements[0].isNaN })
  }

  @Test(arguments: channels)
  func nothingOfWhatMemoryHeldBeforeShows(channels: Int) {
    let clean = Self.step(channels)
    for _ in 0..<3 {
      Self.poison()
      #expect(Self.step(channels) == clean)
    }
    for (index, elements) in clean.enumerated() {
      #expect(elements.allSatisfy { $0.isFinite }, "result \(index)")
    }
  }

  @Test func interleavedTemporariesDoNotDisturbOneAnother() {
    let image = Tensor.random("image", [2, 8, 6, 6])
    let geometry = ConvolutionGeometry(padding: 1)
    func filters(_ index: Int) -> Tensor { Tensor.random("filters \(index)", [8, 8, 3, 3]) }
    let expected = (0..<8).map { Convolution.forward(image, weight: filters($0), geometry: geometry).elements }
    var kept: [(index: Int, output: Tensor)] = []
    for round in 0..<40 {
      let index = round * 5 % 8
      // Temporaries die at once, at the next round, or three rounds later.
      _ = Convolution.forward(image, weight: filters((index + 3) % 8), geometry: geometry)
      kept.append((index, Convolution.forward(image, weight: filters(index), geometry: geometry)))
      let early = kept[0]
      #expect(early.output.elements == expected[early.index])
      if kept.count > 3 { kept.removeFirst() }
    }
    for (index, output) in kept { #expect(output.elements == expected[index]) }
  }

  @Test func severalThreadsMayRunKernelsAtOnce() async {
    let expected = Self.channels.map { Self.step($0) }
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<4 {
        group.addTask {
          (0..<7).allSatisfy { round in
            let index = (round + task) % Self.channels.count
            return Self.step(Self.channels[index]) == expected[index]
          }
        }
      }
      for await agrees in group { #expect(agrees) }
    }
  }

  /// Compiled operations are shared by all threads; this one's shapes are used nowhere else, so that the threads meet
  /// while the forward and both backward passes are being made.
  @Test func severalThreadsMayCompileTheSameOperation() async {
    let outputs = await withTaskGroup(of: [[Float]].self) { group in
      for _ in 0..<4 {
        group.addTask {
          (40..<46).flatMap { channels -> [[Float]] in
            let (image, weight) = (Tensor.random("i", [1, channels, 3, 3]), Tensor.random("w", [5, channels, 1, 1]))
            let geometry = ConvolutionGeometry()
            let output = Convolution.forward(image, weight: weight, geometry: geometry)
            return [
              output, Convolution.inputGradient(output, weight: weight, inputShape: image.shape, geometry: geometry),
              Convolution.weightGradient(
                output, input: image, weightShape: weight.shape, hasBias: false, geometry: geometry
              ).weight,
            ].map(\.elements)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outputs.count == 4)
    for output in outputs { #expect(output == outputs[0]) }
  }
}
