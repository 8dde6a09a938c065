import Foundation
import Planning
import Pruning
import RunStore
import Testing

@testable import Reports

@Suite struct ReportTests {
  /// Those of networks that read images.
  private static let figures = Plan.Figure.allCases.filter { !textFigures.contains($0) }.map { Plan.Element.figure($0) }
  private static let textFigures: [Plan.Figure] = [.sparsityByMatrix, .sequenceLengths]
  static let claims = study.elements.filter { if case .claim = $0 { true } else { false } }

  static let study = SyntheticStudy(
    title: "Table 1: *a* study | of <pruning>",
    arms: [
      .init(name: "pdp-0.866", method: .pdp(temperature: .absolute(1e-4)), sparsity: 0.866, top1: [0.66, 0.668]),
      .init(name: "dense", method: .dense, sparsity: 0, top1: [0.700, 0.712]),
      .init(name: "gmp-0.866", method: .gmp(storage: .shadow), sparsity: 0.866, top1: [0.655, nil]),
      .init(name: "random-0.866", method: .random, sparsity: 0.866, top1: [nil, nil], otherwise: .diverged),
      .init(name: "one-shot-0.866", method: .oneShot, sparsity: 0.866, top1: [nil, nil]),
    ],
    elements: [
      .text("Prose with *emphasis*,\non two lines.\u{7}"),
      .published(
        Plan.Published(
          model: "MobileNet-v1", dataset: "ImageNet-1k", method: "pdp", structure: "unstructured", sparsity: 0.866,
          value: 68.2, source: "https://example.org/pdp", note: "abstract"
        )),
      .table(Plan.Table(name: "top1", metric: .top1)),
      .figure(.accuracyVersusSparsity),
      .figure(.curves),
      .claim(
        Plan.Claim(
          statement: "Dense beats PDP", arm: "dense", rival: "pdp-0.866", margin: 0.01, metric: .top1)),
      .claim(Plan.Claim(statement: "PDP beats GMP", arm: "pdp-0.866", rival: "gmp-0.866", margin: 0, metric: .top1)),
      .claim(
        Plan.Claim(statement: "PDP beats random", arm: "pdp-0.866", rival: "random-0.866", margin: 0, metric: .top1)),
      .claim(
        Plan.Claim(statement: "PDP beats one-shot", arm: "pdp-0.866", rival: "one-shot-0.866", margin: 0, metric: .top1)
      ),
      .text("Closing words."),
    ]
  )

  private func render(_ data: ReportData) throws -> [String: Data] {
    Dictionary(uniqueKeysWithValues: try Report.render(data).map { ($0.name, $0.bytes) })
  }

  private func markdown(_ study: SyntheticStudy) throws -> String {
    String(decoding: try #require(try render(study.data)["report.md"]), as: UTF8.self)
  }

  /// The row of the first table that begins with `name`.
  private func row(_ name: String, _ study: SyntheticStudy) throws -> String {
    let lines = try markdown(study).split(separator: "\n")
    return String(try #require(lines.first { $0.hasPrefix("| \(name) |") }))
  }

  @Test func markdownEqualsTheGoldenFile() throws {
    let url = try #require(Bundle.module.url(forResource: "report", withExtension: "md", subdirectory: "Golden"))
    #expect(try markdown(Self.study) == String(contentsOf: url, encoding: .utf8))
  }

  @Test func sameDataGiveTheSameBytes() throws {
    var study = Self.study
    study.elements += Self.figures
    let first = try Report.render(study.data)
    #expect(first == (try Report.render(study.data)))
    #expect(
      first.map(\.name) == [
        "report.md", "report.html", "accuracy-versus-sparsity.png", "accuracy-versus-sparsity.csv", "curves.png",
        "curves.csv",
        "sparsity-over-training.png", "sparsity-over-training.csv", "sparsity-by-layer.png", "sparsity-by-layer.csv",
        "sparsity-by-layer-and-step.png", "sparsity-by-layer-and-step.csv",
        "claims.png", "claims.csv",
      ])
  }

  // The synthetic networks are not measured in use; `CostTableTests` has some that are.
  @Test(arguments: Plan.Figure.allCases.filter { $0 != .accuracyVersusLatency })
  func figureIsAPNGWithSomethingOnItThatFollowsTheData(kind: Plan.Figure) throws {
    var study = Self.study
    study.elements = [.figure(kind)] + (kind == .claims ? Self.claims : [])
    study.readsText = Self.textFigures.contains(kind)
    study.layers = study.readsText ? 24 : 3
    let png = try #require(try render(study.data)["\(kind.rawValue).png"])
    #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    let size = png.dropFirst(16).prefix(8).map(Int.init)
    let width = size.prefix(4).reduce(0) { $0 << 8 | $1 }
    let height = size.suffix(4).reduce(0) { $0 << 8 | $1 }
    #expect(width == 960)
    #expect((200...2000).contains(height))
    let blank = try Canvas(width: width, height: height).png(figure: "blank")
    #expect(png.count > 3 * blank.count)
    study.epochs = 9
    study.arms[0].top1 = [0.3, 0.2]
    study.arms[0].sparsity = 0.5
    #expect(try render(study.data)["\(kind.rawValue).png"] != png)
  }

  @Test(arguments: textFigures)
  func figureOfTextsIsLeftOutWhereThereAreNone(kind: Plan.Figure) throws {
    var study = Self.study
    study.elements = [.figure(kind)]
    #expect(try render(study.data)["\(kind.rawValue).png"] == nil)
    #expect(try markdown(study).contains("*Not drawn: no finished run has the data for it yet.*"))
  }

  @Test func layersAreCalledByWhatTellsThemApart() {
    #expect(
      LayerFigure.shortened([
        "bert.encoder.layer.0.output.dense.weight", "bert.encoder.layer.1.attention.self.key.weight",
      ]) == ["0.output.dense", "1.attention.self.key"])
    #expect(LayerFigure.shortened(["a.weight", "b.weight"]) == ["a", "b"])
    #expect(LayerFigure.shortened(["a.weight", "a.bias"]) == ["weight", "bias"])
    #expect(LayerFigure.shortened(["a.weight"]) == ["a.weight"])
    #expect(LayerFigure.shortened([]) == [])
  }

  @Test func accuracyOfTextsIsNotCalledTop1() throws {
    var study = Self.study
    study.readsText = true
    let text = try markdown(study)
    #expect(text.contains("reproduced accuracy (%)") && !text.contains("reproduced top-1"))
  }

  @Test(arguments: [1, 5], [1, 3, 40])
  func figuresAreDrawnForAnyNumberOfReplicatesAndLayers(replicates: Int, layers: Int) throws {
    var study = Self.study
    study.elements = Self.figures
    study.layers = layers
    study.epochs = layers
    for index in study.arms.indices {
      study.arms[index].top1 = (0..<replicates).map { 0.5 + 0.01 * Double($0) }
    }
    #expect(try render(study.data).count == 12)
  }

  @Test func valuesFarOutsideAPanelStayOnTheirSideOfIt() {
    let frame = Rectangle(left: 100, top: 50, width: 200, height: 100)
    let panel = Panel(frame: frame, x: Axis(over: [0, 10], padding: 0), y: Axis(over: [0, 2], padding: 0))
    #expect(panel.point(5, 1) == Point(x: 200, y: 100))
    #expect(panel.point(5, 1e30).y == -450)
    #expect(panel.point(5, -1e30).y == 650)
  }

  @Test func longNamesKeepTheirBeginningAndEnd() {
    let canvas = Canvas(width: 10, height: 10)
    let name = "encoder.layers.11.attention.self.query.weight"
    let short = canvas.fitted(name, width: 150)
    #expect(canvas.textWidth(short) <= 150)
    #expect(short.hasPrefix("encoder"))
    #expect(short.hasSuffix("weight"))
    #expect(canvas.fitted(name, width: 1000) == name)
    #expect(canvas.fitted(name, width: 0) == "…")
  }

  @Test func accuracyCSVHoldsEveryCountedRun() throws {
    let csv = try #require(try render(Self.study.data)["accuracy-versus-sparsity.csv"])
    #expect(
      String(decoding: csv, as: UTF8.self).split(separator: "\r\n") == [
        "arm,method,structure,requested_sparsity,counted_sparsity,run,replicate,numerics,top1",
        "dense,dense,unstructured,0,0,dense-r0,0,1,0.7",
        "dense,dense,unstructured,0,0,dense-r1,1,1,0.712",
        "pdp-0.866,pdp,unstructured,0.866,0.866,pdp-0.866-r0,0,1,0.66",
        "pdp-0.866,pdp,unstructured,0.866,0.866,pdp-0.866-r1,1,1,0.668",
        "gmp-0.866,gmp,unstructured,0.866,0.866,gmp-0.866-r0,0,1,0.655",
      ])
  }

  @Test func figureWithoutDataIsSaidToBeMissing() throws {
    var study = Self.study
    for index in study.arms.indices { study.arms[index].top1 = [nil] }
    study.elements = Self.figures
    let files = try render(study.data)
    #expect(files.keys.sorted() == ["report.html", "report.md"])
    #expect(
      try markdown(study).contains("**Sparsity a layer.** *Not drawn: no finished run has the data for it yet.*"))
  }

  @Test func singleRunNeverPrintsASpread() throws {
    var study = Self.study
    study.arms[0].top1 = [0.66]
    study.arms[1].top1 = [0.7]
    #expect(
      try row("pdp-0.866", study)
        == "| pdp-0.866 | 68.2 (<https://example.org/pdp>) *not comparable* | 66.00 | n=1 | 86.60 | 13.40 | 16.19 "
        + "| -4.00 to dense | n=1 | not comparable |  |")
  }

  @Test func paperProfileIsScoredAgainstThePublishedValue() throws {
    var study = Self.study
    study.profile = .paper
    study.dataset = "imagenet-1k"
    study.width = 1
    study.arms[0].top1 = [0.682, 0.6822]
    #expect(
      try row("pdp-0.866", study)
        == "| pdp-0.866 | 68.2 (<https://example.org/pdp>) | 68.21 ± 0.01 | 2 | 86.60 | 13.40 | 16.19 "
        + "| +0.01 to published | [-0.12, +0.14] | reproduced |  |")
  }

  @Test func runsOfAnOlderNumericsVersionAreLeftOutAndCounted() throws {
    var study = Self.study
    study.numerics = ["pdp-0.866-r1": 2]
    #expect(try row("pdp-0.866", study).hasSuffix("| – | – | partial 1/2 | 1 run of numerics version 1 left out |"))
  }

  @Test func prunedCountsThatDisagreeAreNoted() throws {
    var data = Self.study.data
    data.runs["pdp-0.866-r0"]?.results["weights-pruned-achieved"] = 2597
    let text = String(decoding: try #require(try render(data)["report.md"]), as: UTF8.self)
    #expect(text.contains("| run pdp-0.866-r0 pruned 2597 weights, scheduled 2598, requested 2598 |"))
  }

  @Test func smokeProfileConcludesNothing() throws {
    var study = Self.study
    study.profile = .smoke
    let text = try markdown(study)
    #expect(text.contains("**Nothing can be concluded from these numbers.**"))
    #expect(text.components(separatedBy: "| not judged (smoke) |").count == 5)
  }

  @Test func claimAboutAnUnknownArmIsAnError() throws {
    var study = Self.study
    study.elements = [
      .claim(Plan.Claim(statement: "It wins", arm: "pdp-0.9", rival: "dense", margin: 0, metric: .top1))
    ]
    let error = #expect(throws: ReportError.self) { try Report.render(study.data) }
    #expect(
      error?.description
        == "arm 'pdp-0.9' of claim 'It wins' is unknown: expected one of pdp-0.866, dense, gmp-0.866, random-0.866, "
        + "one-shot-0.866; plan the study again")
  }

  @Test func writingReplacesAnEarlierReport() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)/synthetic/quick")
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent().deletingLastPathComponent()) }
    var study = Self.study
    study.elements = Self.figures
    let url = try Report.write(study.data, to: folder)
    #expect(url == folder.appending(path: "report.md"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 12)
    study.elements = [.figure(.curves)]
    try Report.write(study.data, to: folder)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["curves.csv", "curves.png", "report.html", "report.md"])
    #expect(try Data(contentsOf: url) == (try render(study.data)["report.md"]))
  }

  @Test func placeThatCannotBeWrittenIsNamed() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("in the way".utf8).write(to: file)
    let folder = file.appending(path: "quick")
    let error = #expect(throws: ReportError.self) { try Report.write(Self.study.data, to: folder) }
    #expect(
      error?.description
        == "report file '\(folder.path)' cannot be written: '\(file.path)' is not a folder; make the folder "
        + "writable or choose another with --out")
    #expect(try Data(contentsOf: file) == Data("in the way".utf8))
  }
}
