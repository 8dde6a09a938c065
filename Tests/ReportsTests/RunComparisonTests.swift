import Foundation
import Reports
import RunStore
import Testing

@Suite struct RunComparisonTests {
  private func run(
    _ id: String, _ seed: Int, _ top1: Double?, numerics: Int? = 2, status: RunStatus = .succeeded, spec: String = "s"
  ) -> ComparedRun {
    ComparedRun(
      id: id, study: "tiny", replicate: seed, seed: seed, numerics: numerics, status: status, spec: spec,
      results: top1.map { ["top1": $0, "loss": 1] } ?? [:])
  }

  private func parameter(_ key: String, _ text: String) -> RunDetails.Parameter {
    RunDetails.Parameter(key: key, type: .text, text: text, number: nil)
  }

  @Test func armsArePairedOverSeedsWithStudentsInterval() throws {
    let comparison = RunComparison(
      [
        ("dense", [run("a0", 0, 0.5), run("a1", 1, 0.6), run("a2", 2, 0.7)]),
        // Its replicates come in another order, and it has one more.
        ("pdp", [run("b2", 2, 0.73), run("b0", 0, 0.51), run("b1", 1, 0.62), run("b3", 3, 0.9)]),
      ], configurations: [:])
    #expect(comparison.measures.map(\.name) == ["top1", "loss"])
    let top1 = comparison.measures[0]
    #expect(top1.values.map { $0?.count } == [3, 4])
    #expect(top1.differences[0] == nil)
    let difference = try #require(top1.differences[1])
    #expect(difference.count == 3)
    #expect(abs(difference.mean - 0.02) < 1e-12)
    // 0.975 quantile of Student's t with two degrees of freedom: 4.302653.
    let reach = 4.302653 * 0.01 / 3.0.squareRoot()
    #expect(abs(try #require(difference.lower) - (0.02 - reach)) < 1e-7)
    #expect(abs(try #require(difference.upper) - (0.02 + reach)) < 1e-7)
    #expect(comparison.notes.isEmpty)
  }

  @Test func numericsVersionsNeverMeet() {
    let comparison = RunComparison(
      [
        ("dense", [run("a0", 0, 0.5, numerics: 1), run("a1", 1, 0.9)]),
        ("pdp", [run("b0", 0, 0.4, numerics: 1), run("b1", 1, 0.6), run("b2", 2, 0.6, numerics: 3)]),
      ], configurations: [:])
    #expect(
      comparison.sides.map(\.name) == [
        "dense, numerics 1", "dense, numerics 2", "pdp, numerics 1", "pdp, numerics 2", "pdp, numerics 3",
      ])
    #expect(comparison.sides.map(\.rival) == [nil, nil, 0, 1, nil])
    #expect(comparison.measures[0].values.map { $0?.mean } == [0.5, 0.9, 0.4, 0.6, 0.6])
    #expect(comparison.measures[0].differences.map { $0?.count } == [nil, nil, 1, 1, nil])
    #expect(
      comparison.notes == [
        "runs of different numerics versions are neither averaged nor subtracted: each version stands by itself"
      ])
  }

  @Test func onlySettingsThatDifferAreShown() {
    let comparison = RunComparison(
      [("a", [run("a0", 0, 0.5, spec: "one")]), ("b", [run("b0", 1, 0.5, spec: "two")])],
      configurations: [
        "one": [parameter("model", "resnet18"), parameter("sparsity", "0"), parameter("only", "here")],
        "two": [parameter("model", "resnet18"), parameter("sparsity", "0.5")],
      ])
    #expect(
      comparison.settings == [
        .init(key: "only", values: ["here", nil]), .init(key: "replicate", values: ["0", "1"]),
        .init(key: "seed", values: ["0", "1"]), .init(key: "sparsity", values: ["0", "0.5"]),
      ])
    #expect(comparison.measures[0].differences[1] == nil)
    #expect(comparison.notes == ["'b' and 'a' share no seed: there are no pairs to subtract"])
  }

  @Test func runsThatHaveNotSucceededAreLeftOutAndCounted() {
    let comparison = RunComparison(
      [
        (
          "a",
          [run("a0", 0, 0.5), run("a1", 1, nil, status: .failed), run("a2", 2, nil, numerics: nil, status: .planned)]
        ),
        ("b", [run("b0", 0, nil, numerics: nil, status: .planned)]),
      ], configurations: [:])
    #expect(comparison.sides.map(\.runs) == [["a0"], []])
    #expect(comparison.sides.map(\.leftOut) == [["a1", "a2"], ["b0"]])
    #expect(comparison.measures[0].values.map { $0?.mean } == [0.5, nil])
    #expect(
      comparison.notes == [
        "'a': left out are runs that have not succeeded, 1 failed, 1 planned",
        "'b': left out are runs that have not succeeded, 1 planned",
      ])
  }
}
