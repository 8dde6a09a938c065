import Foundation
import Planning
import RunStore
import Testing

@testable import Reports

@Suite struct RunTableTests {
  private func lines(_ data: ReportData) -> [String] {
    (RunTable(data).parts.last?.markdown ?? "").split(separator: "\n").map(String.init)
  }

  @Test func everyRunHasARowWithSeedStatusNumbersAndReason() {
    #expect(
      lines(ReportTests.study.data) == [
        "| configuration | replicate | seed | run | status | top-1 (%) | achieved sparsity (%) | reason |",
        "| --- | ---: | ---: | --- | --- | ---: | ---: | --- |",
        "| dense | 0 | 100 | `dense-r0` | succeeded | 70.00 | 0.00 |  |",
        "| dense | 1 | 101 | `dense-r1` | succeeded | 71.20 | 0.00 |  |",
        "| pdp-0.866 | 0 | 100 | `pdp-0.866-r0` | succeeded | 66.00 | 86.60 |  |",
        "| pdp-0.866 | 1 | 101 | `pdp-0.866-r1` | succeeded | 66.80 | 86.60 |  |",
        "| gmp-0.866 | 0 | 100 | `gmp-0.866-r0` | succeeded | 65.50 | 86.60 |  |",
        "| gmp-0.866 | 1 | 101 | `gmp-0.866-r1` | not run | – | – |  |",
        "| random-0.866 | 0 | 100 | `random-0.866-r0` | diverged | – | – | out of luck |",
        "| random-0.866 | 1 | 101 | `random-0.866-r1` | diverged | – | – | out of luck |",
        "| one-shot-0.866 | 0 | 100 | `one-shot-0.866-r0` | not run | – | – |  |",
        "| one-shot-0.866 | 1 | 101 | `one-shot-0.866-r1` | not run | – | – |  |",
      ])
  }

  @Test func everyMetricOfATableHasOneColumn() {
    var study = ReportTests.study
    study.elements = [Plan.Metric.f1, .top1, .f1].map { .table(Plan.Table(name: $0.rawValue, metric: $0)) }
    study.arms[1].results = ["f1": 0.5]
    let rows = lines(study.data)
    #expect(rows[0].contains("| status | F1 (%) | top-1 (%) | achieved sparsity (%) |"))
    #expect(rows[2] == "| dense | 0 | 100 | `dense-r0` | succeeded | 50.00 | 70.00 | 0.00 |  |")
  }

  @Test func studyWithoutATableShowsItsHeadline() {
    var study = ReportTests.study
    study.elements = []
    #expect(lines(study.data)[0].contains("| status | top-1 (%) |"))
  }

  @Test func runThatArmsShareStandsOnceUnderAllTheirNames() {
    var plan = ReportTests.study.plan
    var copy = plan.arms[0]
    copy.name = "pdp|twin"
    plan.arms.append(copy)
    let data = ReportData(plan: plan, runs: Array(ReportTests.study.data.runs.values))
    let rows = lines(data)
    #expect(rows.count == 2 + plan.runs.count)
    #expect(rows.contains { $0.hasPrefix("| pdp-0.866, pdp\\|twin | 0 | 100 | `pdp-0.866-r0` | succeeded | 66.00 |") })
  }

  @Test func reasonsAreEscapedAndCut() {
    var data = ReportTests.study.data
    data.runs["random-0.866-r0"]?.reason = "loss is nan | <b>\n" + String(repeating: "x", count: 300)
    let row = lines(data).first { $0.contains("random-0.866-r0") } ?? ""
    #expect(row.hasSuffix("| loss is nan \\| &lt;b&gt; " + String(repeating: "x", count: 182) + "… |"))
  }

  @Test func tableStandsBetweenTheStudyAndTheProvenance() throws {
    let text = String(decoding: try #require(try Report.render(ReportTests.study.data).first).bytes, as: UTF8.self)
    let headings = text.split(separator: "\n").filter { $0.hasPrefix("## ") }
    #expect(headings == ["## Cost in use", "## Runs", "## Provenance"])
  }
}
