import Foundation
import Testing

@testable import Datasets

@Suite struct TextSplitTests {
  private func split(
    _ dataset: TextDataset, replicate: Int = 0, training: Int? = nil, evaluation: Int? = nil
  ) throws -> TextSplit {
    try dataset.split(replicate: replicate, config: Samples.config(training: training, evaluation: evaluation))
  }

  @Test func officialDivisionHasItsPartsInOrder() throws {
    let parts = [TextPartition.Part(name: "test", examples: 3), .init(name: "test-mismatched", examples: 2)]
    let dataset = Samples.texts(9, partition: .official(training: 4, evaluations: parts))
    for replicate in [0, 5] {
      let split = try split(dataset, replicate: replicate)
      #expect(split.training.indices == [0, 1, 2, 3])
      #expect(split.evaluations.map(\.name) == ["test", "test-mismatched"])
      #expect(split.evaluations.map(\.subset.indices) == [[4, 5, 6], [7, 8]])
    }
  }

  @Test func everyExampleIsTestedOnceOverTheFolds() throws {
    let labels = (0..<47).map { $0 % 3 == 0 ? 1 : 0 }
    let dataset = Samples.texts(47, partition: .stratifiedFolds(examples: 47, folds: 5), labels: labels)
    var tested: [Int] = []
    for replicate in 0..<5 {
      let (training, evaluations) = dataset.indices(replicate: replicate)
      let test = evaluations[0].indices
      #expect(evaluations.map(\.name) == ["test"])
      #expect(Set(training).isDisjoint(with: test))
      #expect(training.count + test.count == 47)
      // 16 of class 1 and 31 of class 0, five folds: three or four, and six or seven.
      #expect([3, 4].contains(test.count { labels[$0] == 1 }))
      #expect([6, 7].contains(test.count { labels[$0] == 0 }))
      tested += test
    }
    #expect(tested.sorted() == Array(0..<47))
    #expect(dataset.indices(replicate: 7).training == dataset.indices(replicate: 2).training)
  }

  @Test func foldsByGroupSplitNoGroup() throws {
    let groups = (0..<60).map { [0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8][$0 % 12] }
    let dataset = Samples.texts(60, partition: .groupFolds(examples: 60, groups: 9, folds: 4), groups: groups)
    var tested: [Int] = []
    for replicate in 0..<4 {
      let (training, evaluations) = dataset.indices(replicate: replicate)
      let test = evaluations[0].indices
      #expect(Set(training.map { groups[$0] }).isDisjoint(with: test.map { groups[$0] }))
      #expect(training == training.sorted() && test == test.sorted())
      #expect(test.count == 15)
      tested += test
    }
    #expect(tested.sorted() == Array(0..<60))
  }

  /// Sizes 3, 1, 2, 2, 1 into two folds: 3 to fold 0, 2 and 2 to fold 1, then each 1 where there is less.
  @Test func groupsGoToTheEmptiestFoldTheLargestFirst() {
    let groups = [0, 0, 0, 1, 2, 2, 3, 3, 4]
    #expect(TextDataset.folds(ofGroups: groups, count: 5, folds: 2) == [0, 0, 1, 1, 0])
  }

  @Test func limitsAreEvenOverTheClasses() throws {
    let labels = [0, 0, 0, 0, 0, 1, 0, 1, 0, 1]
    let parts = [TextPartition.Part(name: "test", examples: 3), .init(name: "test-mismatched", examples: 3)]
    let dataset = Samples.texts(
      16, partition: .official(training: 10, evaluations: parts), labels: labels + labels[4...])
    let split = try split(dataset, training: 5, evaluation: 2)
    #expect(split.training.indices == [0, 1, 2, 5, 7])
    #expect(split.evaluations.map(\.subset.indices) == [[10, 11], [13, 14]])
  }

  @Test func limitsAndFingerprintsThatDoNotFitAreNamed() throws {
    let parts = [TextPartition.Part(name: "test", examples: 3), .init(name: "test-mismatched", examples: 1)]
    let dataset = Samples.texts(8, partition: .official(training: 4, evaluations: parts))
    let limit = #expect(throws: DatasetError.self) { try split(dataset, evaluation: 2) }
    #expect(
      try #require(limit).description == "evaluation limit of data set 'moods' is out of range: expected 1...1, got 2")
    #expect(throws: DatasetError.fingerprintChanged(dataset: "moods", expected: "other", actual: "f")) {
      try dataset.split(replicate: 0, config: Samples.config(fingerprint: "other"))
    }
  }
}
