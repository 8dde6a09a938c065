import Foundation
import Kernels
import Planning
import StudyKit
import Testing
import Training

@Suite struct PlanTests {
  private let fixture: StudyFixture
  private let plan: Plan

  init() throws {
    fixture = try StudyFixture()
    let study = Studies.study(parts: [
      .arm(Arm("dense", .dense)), .arm(Arm("pdp-0.9", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.9))),
      .arm(Arm("gmp-0.9", .gmp, .unstructured(0.9))), .text(Text("prose")), .table(Table("t", show: .top1)),
      .figure(Figure(.curves)), .claim(Claim("c", "pdp-0.9", beats: "gmp-0.9", by: 0.01, on: .top1)),
      .published(Published("M", on: "D", "pdp", .unstructured(0.9), top1: 68.2, source: "s", note: "n")),
    ])
    plan = try Planner(datasets: Facts.all).plan(Studies.document(study), profile: .quick)
  }

  private var folder: URL { fixture.workspace }

  private func message(reading url: URL) throws -> String {
    let error = #expect(throws: PlanningError.self) { try Plan.read(from: url) }
    return try #require(error).description.replacingOccurrences(of: folder.path, with: "FOLDER")
  }

  @Test func identitiesAreThoseOfEveryMachine() throws {
    let spec = plan.arms[1].spec
    #expect(spec == "e0888558b91540dec87d6e17a2d0075479796e470c12bdab663eba0333e81ff9")
    let run = Plan.Run(spec: spec, replicate: 1, studySeed: Seed(7), numerics: 1)
    #expect(run.id == "3143f3e0129d")
    #expect(run.seed == 1_185_329_330_717_714_901)
    #expect(Plan.Run(spec: spec, replicate: 1, studySeed: Seed(7), numerics: 2).id != run.id)
    #expect(Plan.Run(spec: spec, replicate: 1, studySeed: Seed(8), numerics: 1).id != run.id)
    #expect(Plan.Run(spec: spec, replicate: 2, studySeed: Seed(7), numerics: 1).id != run.id)
  }

  @Test func specIdIsTheDigestOfTheTextThatIsStored() throws {
    for (id, spec) in plan.specs {
      #expect(try spec.id == id)
      #expect(try JSONDecoder().decode(RunSpec.self, from: Data(spec.canonicalText.utf8)) == spec)
    }
  }

  @Test func numberThatIsNotFiniteHasNoIdentity() throws {
    var spec = try #require(plan.specs[plan.arms[0].spec])
    spec.training.labelSmoothing = .nan
    let error = #expect(throws: PlanningError.self) { try spec.id }
    #expect(error?.description == "configuration 'training.labelSmoothing' is not a finite number")
  }

  @Test func frozenPlanReadsBackEqual() throws {
    let url = try plan.write(toDirectory: folder.appending(path: "plans"))
    #expect(url.lastPathComponent == "\(plan.id).json")
    #expect(try Plan.read(from: url) == plan)
    #expect(try plan.write(toDirectory: folder.appending(path: "plans")) == url)
    #expect(try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path).count == 1)
  }

  @Test func planWrittenAnewByAnotherProgramReadsBackEqual() throws {
    let url = try plan.write(toDirectory: folder)
    let pretty = try JSONSerialization.data(
      withJSONObject: JSONSerialization.jsonObject(with: Data(contentsOf: url)), options: [.prettyPrinted])
    try pretty.write(to: url)
    #expect(try Plan.read(from: url) == plan)
  }

  @Test func brokenPlansAreRefused() throws {
    let url = try plan.write(toDirectory: folder)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(
      try message(reading: folder.appending(path: "none.json"))
        == "plan 'FOLDER/none.json' cannot be read: no such file; plan the study again or delete it")
    try Data(text.utf8.prefix(text.utf8.count / 2)).write(to: url)
    #expect(
      try message(reading: url)
        == "plan 'FOLDER/\(plan.id).json' cannot be read: not valid JSON; plan the study again or delete it")
    try Data(text.replacingOccurrences(of: "prose", with: "poetry").utf8).write(to: url)
    let changed = try message(reading: url)
    #expect(
      changed.hasPrefix(
        "plan 'FOLDER/\(plan.id).json' was changed after it was frozen: expected id \(plan.id), got "))
    #expect(changed.hasSuffix("; plan the study again"))
    try Data(text.replacingOccurrences(of: #""slug":"demo","#, with: "").utf8).write(to: url)
    #expect(
      try message(reading: url)
        == "plan 'FOLDER/\(plan.id).json' cannot be read: key 'slug' is missing at 'study'; plan the study again or delete it"
    )
    try Data("{\"schema\":99}".utf8).write(to: url)
    #expect(
      try message(reading: url) == "plan 'FOLDER/\(plan.id).json' has schema 99: expected 1; plan the study again")
  }

  @Test func planThatCannotBeWrittenIsAnError() throws {
    let file = folder.appending(path: "file")
    try Data().write(to: file)
    let error = #expect(throws: PlanningError.self) { try plan.write(toDirectory: file) }
    #expect(
      error?.description.hasPrefix("file '\(file.path)/\(plan.id).json' cannot be written: ") == true)
    #expect(try Data(contentsOf: file).isEmpty)
  }

  @Test func filtersChooseRuns() throws {
    func ids(_ filters: String...) throws -> [String] {
      try plan.runs(matching: filters.map { try PlanFilter($0) }).map(\.id)
    }
    #expect(try ids() == plan.runs.map(\.id))
    #expect(try ids("arm=dense") == plan.arms[0].runs)
    #expect(try ids("method=gmp", "replicate=1") == [plan.arms[2].runs[1]])
    #expect(try ids("sparsity=0.90", "replicate=0") == [plan.arms[1].runs[0], plan.arms[2].runs[0]])
    #expect(try ids("arm=dense", "arm=gmp-0.9", "replicate=0") == [plan.arms[0].runs[0], plan.arms[2].runs[0]])
  }

  @Test func wrongFiltersAreErrors() throws {
    func message(_ filter: String) throws -> String {
      let error = #expect(throws: PlanningError.self) { try plan.runs(matching: [try PlanFilter(filter)]) }
      return try #require(error).description
    }
    #expect(
      try message("dense")
        == "filter 'dense' is not a condition: expected key=value with a key of arm, method, sparsity, replicate")
    #expect(try message("metod=gmp") == "filter key 'metod' is unknown; did you mean 'method'?")
    #expect(try message("seed=1") == "filter key 'seed' is unknown: expected one of arm, method, sparsity, replicate")
    #expect(try message("arm=pdp-0.8") == "no run has arm 'pdp-0.8'; did you mean 'pdp-0.9'?")
    #expect(try message("replicate=7") == "no run has replicate '7'; did you mean '0'?")
  }
}
