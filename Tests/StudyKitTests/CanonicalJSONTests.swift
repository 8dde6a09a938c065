import Foundation
import StudyKit
import Testing

@Suite struct CanonicalJSONTests {
  private func text(_ value: some Encodable) throws -> String {
    try CanonicalJSON.text(of: value, nonFinite: .refused)
  }

  @Test func integersAndFloatingPointNumbersDiffer() throws {
    #expect(try text([1, 2]) == "[1,2]")
    #expect(try text([1.0, 2.0]) == "[1.0,2.0]")
    #expect(try text(UInt64.max) == "18446744073709551615")
    #expect(try text(Int64.min) == "-9223372036854775808")
  }

  @Test(arguments: [
    (0.1, "0.1"), (1e-4, "0.0001"), (1e-5, "1e-05"), (1e16, "1e+16"), (-0.0, "0.0"), (0.1 + 0.2, "0.30000000000000004"),
    (.leastNonzeroMagnitude, "5e-324"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
  ])
  func floatingPointNumbersAreShortestAndReadBackEqual(value: Double, expected: String) throws {
    #expect(try text(value) == expected)
    #expect(try JSONDecoder().decode(Double.self, from: Data(expected.utf8)) == value)
  }

  @Test func keysAreSortedByTheirBytes() throws {
    #expect(try text(["é": 1, "z": 2, "Z": 3, "a": 4, "": 5]) == #"{"":5,"Z":3,"a":4,"z":2,"é":1}"#)
  }

  @Test func textsAreEscapedOnlyWhereTheyMustBe() throws {
    #expect(try text("a\"b\\c\n\u{0}\u{1F}/é\u{1F600}") == "\"a\\\"b\\\\c\\u000a\\u0000\\u001f/é\u{1F600}\"")
  }

  @Test func emptyAndMissingThingsAreWrittenOut() throws {
    #expect(try text([Int]()) == "[]")
    #expect(try text([String: Int]()) == "{}")
    #expect(try text([true, false, nil]) == "[true,false,null]")
    #expect(try text(Sample(present: 1, missing: nil)) == #"{"present":1}"#)
  }

  @Test func agreesWithFoundationOnStructure() throws {
    let data = Data(try StudyTests.study.wireText.utf8)
    let reference = try JSONSerialization.jsonObject(with: JSONEncoder().encode(StudyEnvelope(study: StudyTests.study)))
    let ours = try JSONSerialization.jsonObject(with: data)
    let options: JSONSerialization.WritingOptions = [.sortedKeys]
    #expect(
      try JSONSerialization.data(withJSONObject: ours, options: options)
        == JSONSerialization.data(withJSONObject: reference, options: options))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func numbersThatAreNotFiniteAreRefusedWithTheirPath(value: Double) {
    let error = #expect(throws: EncodingError.self) { try text(["a": [["b": 0], ["b": value]]]) }
    guard case .invalidValue(_, let context) = error else {
      Issue.record("the error is \(String(describing: error))")
      return
    }
    #expect(context.codingPath.map(\.stringValue) == ["a", "1", "b"])
  }

  private struct Sample: Encodable {
    var present: Int?
    var missing: Int?
  }
}
