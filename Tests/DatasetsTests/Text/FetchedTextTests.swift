import Foundation
import Testing

@testable import Datasets

/// The package sets themselves, where they are fetched.
@Suite struct FetchedTextTests {
  private static let workspace = DatasetStore(
    root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "datasets"))

  private static func isFetched(_ name: String) -> Bool {
    (try? workspace.manifest(name)).map { workspace.missingFiles(of: $0).isEmpty } ?? false
  }

  private func classCounts(_ dataset: TextDataset, at indices: [Int]) -> [Int] {
    (0..<dataset.task.outputs).map { label in indices.count { dataset.examples[$0].label == label } }
  }

  @Test(.enabled(if: isFetched("movie-snippets"), "movie-snippets is not fetched"))
  func movieSnippetsHaveBothClassesInEveryFold() throws {
    let dataset = try Self.workspace.loadText("movie-snippets")
    #expect(classCounts(dataset, at: Array(0..<dataset.count)) == [5076, 4996])
    for replicate in 0..<10 {
      let test = dataset.indices(replicate: replicate).evaluations[0].indices
      #expect((1006...1008).contains(test.count))
      #expect(classCounts(dataset, at: test).min() ?? 0 >= 499)
    }
    // In ISO-8859-1 this name would fall apart.
    #expect(dataset.examples.contains { $0.first.contains("Jir\u{ED} Hubac") })
  }

  @Test(.enabled(if: isFetched("movie-snippets-ratings"), "movie-snippets-ratings is not fetched"))
  func movieRatingsAreMeansOfRatings() throws {
    let scores = try Self.workspace.loadText("movie-snippets-ratings").examples.map(\.score)
    #expect(scores.count == 10_605)
    #expect(scores.min() == -3.875)
    #expect(scores.max() == 3.941_176_470_59)
    #expect(scores.count { abs($0) >= 0.5 } == 10_072)
  }

  @Test(.enabled(if: isFetched("vitaminc"), "vitaminc is not fetched"))
  func vitaminCPagesStayInOneFold() throws {
    let dataset = try Self.workspace.loadText("vitaminc")
    #expect(classCounts(dataset, at: Array(0..<dataset.count)) == [27_242, 20_169, 7257])
    #expect(dataset.task.classes == ["True", "False", "Neither"])
    #expect(dataset.examples[0].first.hasPrefix("Westlife: According to"))
    #expect(dataset.examples[0].second == "Westlife made under 23.5 million sales in the UK .")
    for replicate in [0, 9] {
      let (training, evaluations) = dataset.indices(replicate: replicate)
      #expect(evaluations[0].indices.count == (replicate == 0 ? 5467 : 5466))
      #expect(
        Set(training.map { dataset.groups[$0] }).isDisjoint(with: evaluations[0].indices.map { dataset.groups[$0] }))
    }
  }
}
