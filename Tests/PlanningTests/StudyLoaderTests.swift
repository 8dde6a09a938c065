import Foundation
import Planning
import StudyKit
import Testing

@Suite struct StudyLoaderTests {
  private let fixture: StudyFixture

  init() throws {
    fixture = try StudyFixture()
  }

  @Test func readsAStudyFromItsSourceText() throws {
    let document = try fixture.load(
      "small", StudyFixture.source("small", parts: "  Arm(\"pdp\", .pdp(temperature: 1e-4), .unstructured(0.9))"))
    #expect(document.study.slug == "small")
    #expect(document.sourcePath == "studies/small.swift")
    #expect(document.warnings == [])
    #expect(document.profiles == [.smoke])
    let arm = Arm("pdp", .pdp(temperature: .absolute(1e-4)), .unstructured(0.9), line: 16)
    #expect(document.study.parts.last == .arm(arm))
  }
}
