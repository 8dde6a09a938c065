import Testing

@testable import Datasets

@Suite struct SplitTests {
  @Test(arguments: [(40, 4, 5), (41, 4, 5), (7, 3, 2), (5, 1, 5), (100, 10, 5)])
  func foldsDivideTheExamples(examples: Int, classes: Int, folds: Int) {
    let dataset = Samples.folded(examples: examples, folds: folds, classes: classes)
    var tested: [Int] = []
    for replicate in 0..<folds {
      let (training, test) = dataset.indices(replicate: replicate)
      #expect((training + test).sorted() == Array(0..<examples))
      #expect(training == training.sorted() && test == test.sorted())
      tested += test
    }
    #expect(tested.sorted() == Array(0..<examples))
  }

  @Test func foldsHaveEachClassEquallyOften() {
    let dataset = Samples.folded(examples: 40, folds: 5, classes: 4)
    for replicate in 0..<5 {
      let test = dataset.indices(replicate: replicate).test
      #expect((0..<4).map { label in test.count { dataset.labels[$0] == label } } == [2, 2, 2, 2])
    }
  }

  @Test func replicateRTestsOnTheExamplesOfRankRModFolds() {
    let dataset = Samples.folded(examples: 40, folds: 5, classes: 4)
    #expect(dataset.indices(replicate: 1).test == [4, 5, 6, 7, 24, 25, 26, 27])
    #expect(dataset.indices(replicate: 6).test == dataset.indices(replicate: 1).test)
  }

  @Test func limitsTakeTheFirstOfEachClass() throws {
    let shape = ImageShape(channels: 1, height: 1, width: 1)
    let dataset = ImageDataset(
      name: "uneven", fingerprint: "f", shape: shape, classes: ["a", "b", "c"],
      partition: .official(training: 8, test: 2), pixels: Samples.pixels(images: 10, of: shape),
      labels: [0, 0, 0, 0, 1, 0, 1, 2, 0, 1])
    func training(_ limit: Int) throws -> [Int] {
      try dataset.split(replicate: 0, config: Samples.config(training: limit)).training.indices
    }
    #expect(try training(1) == [0])
    #expect(try training(3) == [0, 4, 7])
    #expect(try training(4) == [0, 1, 4, 7])
    #expect(try training(5) == [0, 1, 4, 6, 7])
    #expect(try training(6) == [0, 1, 2, 4, 6, 7])
    #expect(try training(8) == Array(0..<8))
  }

  @Test(arguments: [10, 20, 32])
  func limitedClassesDifferByAtMostOne(limit: Int) throws {
    let split = try Samples.folded().split(replicate: 2, config: Samples.config(training: limit, evaluation: 5))
    let counts = (0..<4).map { label in split.training.labels.count { $0 == label } }
    #expect(counts.reduce(0, +) == limit)
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    #expect(split.test.count == 5)
  }

  @Test func limitsDoNotChangeTheNormalisation() throws {
    let dataset = Samples.folded()
    let whole = try dataset.split(replicate: 0, config: Samples.config())
    let limited = try dataset.split(replicate: 0, config: Samples.config(training: 3, evaluation: 2))
    #expect(limited.training.normalization == whole.training.normalization)
    #expect(whole.test.normalization == whole.training.normalization)
    #expect(
      try dataset.split(replicate: 1, config: Samples.config()).training.normalization != whole.test.normalization)
  }

  @Test func limitOutOfRangeIsAnError() throws {
    let dataset = Samples.folded()
    #expect(throws: DatasetError.limitOutOfRange(dataset: "folded", part: "training", limit: 33, available: 32)) {
      try dataset.split(replicate: 0, config: Samples.config(training: 33))
    }
    let error = #expect(throws: DatasetError.self) {
      try dataset.split(replicate: 0, config: Samples.config(evaluation: 0))
    }
    #expect(
      try #require(error).description
        == "evaluation limit of data set 'folded' is out of range: expected 1...8, got 0")
  }

  @Test func configOfOtherFilesIsAnError() throws {
    let error = #expect(throws: DatasetError.self) {
      try Samples.folded().split(replicate: 0, config: Samples.config(fingerprint: "g"))
    }
    #expect(
      try #require(error).description
        == "data set 'folded' has fingerprint f, the plan expects g; plan the study again")
  }

  @Test func normalisedTrainingPixelsHaveMeanZeroAndDeviationOne() throws {
    let training = try Samples.folded().split(replicate: 3, config: Samples.config()).training
    let pixels = ImageLoader(evaluating: training, batchSize: 32).batch(epoch: 0, index: 0).pixels
    for channel in 0..<3 {
      let values = pixels.indices.filter { $0 / 30 % 3 == channel }.map { Double(pixels[$0]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
      #expect(abs(mean) < 1e-6)
      #expect(abs(variance - 1) < 1e-6)
    }
  }

  @Test func constantChannelKeepsDeviationOne() {
    let dataset = ImageDataset(
      name: "flat", fingerprint: "f", shape: ImageShape(channels: 1, height: 1, width: 2), classes: ["a"],
      partition: .official(training: 1, test: 1), pixels: [51, 51, 0, 9], labels: [0, 0])
    let normalization = Normalization(of: dataset, at: [0])
    #expect(normalization.mean == [0.2])
    #expect(normalization.deviation == [1])
    #expect(
      normalization.provenance
        == "mean and population standard deviation of each channel over all pixels of 1 training examples of flat")
  }
}
