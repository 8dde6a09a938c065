import Kernels
import Testing

@testable import Datasets

@Suite struct ImageLoaderTests {
  private let shape = ImageShape(channels: 3, height: 5, width: 6)

  private func training() throws -> ImageSubset {
    try Samples.folded().split(replicate: 0, config: Samples.config()).training
  }

  private func loader(
    batchSize: Int = 7, padding: Int = 2, flips: Bool = true, seed: UInt64 = 1
  ) throws -> ImageLoader {
    try ImageLoader(
      training: training(), batchSize: batchSize,
      augmentation: Augmentation(cropPadding: padding, flipsHorizontally: flips), seed: Seed(seed))
  }

  /// Normalised pixels of one example, by definition.
  private func plain(_ example: Int, window: ImageWindow, _ subset: ImageSubset) -> [Float] {
    var pixels: [Float] = []
    for channel in 0..<3 {
      for y in 0..<5 {
        for column in 0..<6 {
          let x = (window.isMirrored ? 5 - column : column) + window.left
          let isInside = (0..<5).contains(y + window.top) && (0..<6).contains(x)
          let byte = isInside ? subset.dataset.pixels[((example * 3 + channel) * 5 + y + window.top) * 6 + x] : 0
          let mean = subset.normalization.mean[channel]
          pixels.append(Float((Double(byte) / 255 - mean) / subset.normalization.deviation[channel]))
        }
      }
    }
    return pixels
  }

  /// A batch's images, each with its label.
  private func images(_ batch: ImageBatch) -> [[Float]] {
    (0..<batch.count).map { Array(batch.pixels[$0 * 90..<($0 + 1) * 90]) }
  }

  @Test func batchesAreTheSameInAnyOrderOfAccess() throws {
    let first = try loader()
    let forwards = (0..<3).flatMap { epoch in (0..<4).map { first.batch(epoch: epoch, index: $0) } }
    let second = try loader()
    for position in (0..<12).reversed() {
      #expect(second.batch(epoch: position / 4, index: position % 4) == forwards[position])
    }
    #expect(first.batch(epoch: 1, index: 2) == forwards[6])
  }

  @Test func filledBuffersEqualFreshBatches() throws {
    let evaluation = ImageLoader(evaluating: try training(), batchSize: 10)
    var buffer = ImageBatch(shape: shape, capacity: 1)
    for index in [0, 3, 1, 2] {
      evaluation.fill(&buffer, epoch: 0, index: index)
      #expect(buffer == evaluation.batch(epoch: 0, index: index))
    }
  }

  @Test func epochIsAPermutationThatDropsTheLastShorterBatch() throws {
    let loader = try loader()
    #expect(loader.batchesPerEpoch == 4)
    for epoch in 0..<3 {
      #expect(loader.order(epoch: epoch).sorted() == Array(0..<32))
      #expect(loader.order(epoch: epoch) == Seed(1).stream("order/epoch/\(epoch)").permutation(of: 32))
    }
    #expect(loader.order(epoch: 0) != loader.order(epoch: 1))
  }

  @Test func labelsFollowTheOrder() throws {
    let loader = try loader()
    let labels = (0..<4).flatMap { loader.batch(epoch: 2, index: $0).labels }
    #expect(labels == loader.order(epoch: 2).prefix(28).map { loader.subset.labels[$0] })
  }

  @Test(arguments: [1, 7, 8, 31, 32, 33])
  func evaluationVisitsEveryExampleOnceUnchanged(batchSize: Int) throws {
    let subset = try training()
    let loader = ImageLoader(evaluating: subset, batchSize: batchSize)
    let batches = (0..<loader.batchesPerEpoch).map { loader.batch(epoch: 0, index: $0) }
    #expect(batches.flatMap(\.labels) == subset.labels)
    #expect(batches.flatMap(images) == subset.indices.map { plain($0, window: ImageWindow(), subset) })
  }

  @Test(arguments: [(0, false), (0, true), (1, false), (2, true), (9, true)])
  func augmentedImagesEqualTheirDefinition(padding: Int, flips: Bool) throws {
    let loader = try loader(batchSize: 32, padding: padding, flips: flips)
    let augmentation = Augmentation(cropPadding: padding, flipsHorizontally: flips)
    for epoch in 0..<3 {
      let windows = ImageWindow.Stream(augmentation, seed: Seed(1), epoch: epoch)
      let expected = loader.order(epoch: epoch).map { position in
        let example = loader.subset.indices[position]
        return plain(example, window: windows.window(of: example), loader.subset)
      }
      #expect(images(loader.batch(epoch: epoch, index: 0)) == expected)
    }
  }

  @Test func mirroringKeepsEachRowsPixels() throws {
    let loader = try loader(batchSize: 32, padding: 0)
    let subset = loader.subset
    var mirrored = 0
    for (image, position) in zip(images(loader.batch(epoch: 0, index: 0)), loader.order(epoch: 0)) {
      let original = plain(subset.indices[position], window: ImageWindow(), subset)
      if image != original { mirrored += 1 }
      for row in stride(from: 0, to: 90, by: 6) {
        #expect(image[row..<row + 6].sorted() == original[row..<row + 6].sorted())
      }
    }
    #expect((1..<32).contains(mirrored))
  }

  @Test func anImageDoesNotDependOnTheBatchThatItIsIn() throws {
    let small = try loader(batchSize: 1)
    let large = try loader(batchSize: 32)
    let separate = (0..<32).map { small.batch(epoch: 5, index: $0).pixels }
    #expect(images(large.batch(epoch: 5, index: 0)) == separate)
  }

  @Test func windowsAreUniform() {
    let windows = ImageWindow.Stream(
      Augmentation(cropPadding: 4, flipsHorizontally: true), seed: Seed(3), epoch: 0)
    let drawn = (0..<9000).map { windows.window(of: $0) }
    for offset in -4...4 {
      // One in nine of 9000 has a standard deviation of 30.
      #expect(abs(drawn.count { $0.top == offset } - 1000) < 150)
      #expect(abs(drawn.count { $0.left == offset } - 1000) < 150)
    }
    #expect(abs(drawn.count { $0.isMirrored } - 4500) < 240)
    #expect(drawn.allSatisfy { (-4...4).contains($0.top) && (-4...4).contains($0.left) })
  }

  @Test func seedsAndEpochsDiffer() throws {
    let batch = try loader().batch(epoch: 0, index: 0)
    #expect(try loader(seed: 2).batch(epoch: 0, index: 0) != batch)
    #expect(try loader().batch(epoch: 1, index: 0) != batch)
  }

  @Test(arguments: [0, 33, -1])
  func batchThatCannotBeFilledIsAnError(batchSize: Int) throws {
    let error = #expect(throws: DatasetError.self) { try loader(batchSize: batchSize) }
    #expect(
      try #require(error).description
        == "batch size for data set 'folded' is out of range: expected 1...32, got \(batchSize)")
  }

  @Test func batchOutsideTheEpochStops() async {
    await #expect(processExitsWith: .failure) {
      let subset = try Samples.folded().split(replicate: 0, config: Samples.config()).training
      _ = ImageLoader(evaluating: subset, batchSize: 8).batch(epoch: 0, index: 4)
    }
  }
}
