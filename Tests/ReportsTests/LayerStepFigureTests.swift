import Foundation
import Planning
import RunStore
import Testing
import Training

@testable import Reports

@Suite struct LayerStepFigureTests {
  private func study() -> SyntheticStudy {
    var study = ReportTests.study
    study.elements = [.figure(.sparsityByLayerAndStep)]
    return study
  }

  private func file(_ ending: String, _ data: ReportData) throws -> Data {
    try #require(try Report.render(data).first { $0.name == "sparsity-by-layer-and-step.\(ending)" }).bytes
  }

  private func rows(_ data: ReportData) throws -> [[String]] {
    String(decoding: try file("csv", data), as: UTF8.self).split(separator: "\r\n").map {
      $0.split(separator: ",").map(String.init)
    }
  }

  private func height(_ data: ReportData) throws -> Int {
    try file("png", data).dropFirst(20).prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }

  @Test func csvHoldsTheFirstFinishedReplicateOfEveryPrunedArm() throws {
    var study = study()
    study.arms[0].top1 = [nil, 0.6]
    let rows = try rows(study.data)
    #expect(
      rows[0] == [
        "arm", "method", "run", "replicate", "layer", "name", "step", "epoch", "nonzero", "total", "sparsity",
      ])
    #expect(rows.count == 1 + 2 * 3 * 6)
    #expect(Set(rows.dropFirst().map { $0[2] }) == ["pdp-0.866-r1", "gmp-0.866-r0"])
    for row in rows.dropFirst() {
      let (nonzero, total, sparsity) = (Double(row[8]) ?? -1, Double(row[9]) ?? 0, Double(row[10]))
      #expect(sparsity == 1 - nonzero / total)
    }
  }

  @Test func longSeriesAreThinnedToTheLastStepOfEachStretch() throws {
    var study = study()
    study.epochs = 150
    let steps = try rows(study.data).filter { $0[0] == "pdp-0.866" && $0[4] == "0" }.compactMap { Int($0[6]) }
    #expect(steps.count == LayerStepFigure.longest)
    #expect(Array(steps.prefix(4)) == [160, 400, 560, 800])
    #expect(steps.last == 150 * 80)
  }

  @Test func mapsOfManyLayersStayLow() throws {
    var study = study()
    study.layers = 3
    #expect(try height(study.data) == 88 + 24 + 72 + 44)
    study.layers = 54
    #expect(try height(study.data) == 88 + 24 + 216 + 44)
  }

  @Test func armsBeyondThreeStandInFurtherBands() throws {
    var study = study()
    for index in study.arms.indices { study.arms[index].top1 = [0.5] }
    #expect(try height(study.data) == 88 + 2 * (24 + 72 + 44))
  }

  @Test func layersThatAreNeverPrunedAreLeftOut() throws {
    var data = study().data
    for (run, evidence) in data.runs {
      data.runs[run]?.layers = evidence.layers.map { layer in
        var layer = layer
        layer.isPrunable = layer.index != 1
        return layer
      }
    }
    #expect(Set(try rows(data).dropFirst().map { $0[4] }) == ["0", "2"])
  }

  @Test func denseStudyHasNoMap() throws {
    var study = study()
    study.arms = [study.arms[1]]
    #expect(try Report.render(study.data).map(\.name) == ["report.md", "report.html"])
  }

  @Test func scaleRunsFromLightToDark() {
    func light(_ share: Double) -> Double {
      let colour = SparsityScale.colour(share)
      return 0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue
    }
    let lights = (0...100).map { light(Double($0) / 100) }
    #expect(zip(lights, lights.dropFirst()).allSatisfy { $0 > $1 })
    #expect(SparsityScale.colour(0) == Colour(0xFDE725) && SparsityScale.colour(1) == Colour(0x440154))
    #expect(SparsityScale.colour(-1) == SparsityScale.colour(0) && SparsityScale.colour(2) == SparsityScale.colour(1))
  }
}
