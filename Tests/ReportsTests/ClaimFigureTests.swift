import Foundation
import Planning
import RunStore
import Testing

@testable import Reports

@Suite struct ClaimFigureTests {
  private func study(_ elements: [Plan.Element] = ReportTests.claims) -> SyntheticStudy {
    var study = ReportTests.study
    study.elements = [.figure(.claims)] + elements
    return study
  }

  private func file(_ name: String, _ study: SyntheticStudy) throws -> Data? {
    try Report.render(study.data).first { $0.name == name }?.bytes
  }

  private func csv(_ study: SyntheticStudy) throws -> [String] {
    String(decoding: try #require(try file("claims.csv", study)), as: UTF8.self).split(separator: "\r\n").map(
      String.init)
  }

  private func rounded(_ line: String) -> String {
    line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
      cell.contains(".") ? Double(cell).map { NumberText.fixed($0, 4) } ?? String(cell) : String(cell)
    }.joined(separator: ",")
  }

  @Test func csvHoldsEveryClaimWithItsPairsIntervalAndVerdict() throws {
    #expect(
      try csv(study()).map(rounded) == [
        "claim,arm,rival,metric,margin,planned_pairs,pairs,quantity,pair,difference,interval_lower,interval_upper,verdict",
        "Dense beats PDP,dense,pdp-0.866,top1,0.0100,2,2,mean,,0.0420,0.0166,0.0674,holds",
        "Dense beats PDP,dense,pdp-0.866,top1,0.0100,2,2,pair,1,0.0400,,,",
        "Dense beats PDP,dense,pdp-0.866,top1,0.0100,2,2,pair,2,0.0440,,,",
        "PDP beats GMP,pdp-0.866,gmp-0.866,top1,0,2,1,mean,,0.0050,,,inconclusive",
        "PDP beats GMP,pdp-0.866,gmp-0.866,top1,0,2,1,pair,1,0.0050,,,",
        "PDP beats random,pdp-0.866,random-0.866,top1,0,2,0,mean,,,,,inconclusive",
        "PDP beats one-shot,pdp-0.866,one-shot-0.866,top1,0,2,0,mean,,,,,not run",
      ])
  }

  @Test func verdictsAreThoseOfTheTable() throws {
    var study = study()
    for index in study.arms.indices { study.arms[index].top1 = [0.5, 0.52, 0.49].map { $0 - 0.03 * Double(index) } }
    study.arms[3].epochs = 9
    let document = String(decoding: try #require(try file("report.md", study)), as: UTF8.self)
    let verdicts = try csv(study).filter { $0.contains(",mean,") }.compactMap { $0.split(separator: ",").last }
    #expect(verdicts == ["does not hold", "holds", "not comparable: epochs 6 and 9", "holds"])
    for verdict in verdicts { #expect(document.contains("| \(verdict) |")) }
  }

  @Test func heightFollowsTheNumberOfClaims() throws {
    func height(_ count: Int) throws -> Int {
      let claims = Array(repeating: ReportTests.claims[0], count: count)
      let png = try #require(try file("claims.png", study(claims)))
      return png.dropFirst(20).prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(try height(1) == 154)
    #expect(try height(26) == 154 + 25 * 40)
  }

  @Test func intervalsFarOutsideAreCutAndDrawnAllTheSame() throws {
    var study = study([ReportTests.claims[0]])
    study.arms[1].top1 = [0.7, 0.7]
    study.arms[0].top1 = [0.1, 0.69]
    #expect(try csv(study)[1].split(separator: ",").count == 12)
    let drawn = try #require(try file("claims.png", study))
    study.arms[0].top1 = [0.11, 0.69]
    #expect(try file("claims.png", study) != drawn)
  }

  @Test func nothingIsJudgedAtSmoke() throws {
    var study = study()
    study.profile = .smoke
    let verdicts = try csv(study).filter { $0.contains(",mean,") }.compactMap { $0.split(separator: ",").last }
    #expect(verdicts == Array(repeating: "not judged (smoke)", count: 4))
  }

  @Test func claimsWithoutAPairAreNotDrawn() throws {
    #expect(try file("claims.png", study(Array(ReportTests.claims.suffix(2)))) == nil)
    #expect(try file("claims.png", study([])) == nil)
  }

  @Test func claimAboutAnUnknownArmIsAnError() {
    let claim = Plan.Claim(statement: "It wins", arm: "pdp-0.9", rival: "dense", margin: 0, metric: .top1)
    #expect(throws: ReportError.self) { try Report.render(self.study([.claim(claim)]).data) }
  }
}
