import Foundation
import Testing

@testable import Datasets

@Suite struct ImageTaskTests {
  private let manifest = Samples.foldedManifest(pixels: [UInt8](repeating: 0, count: 24), labels: [0, 1])

  private func png(_ first: UInt8) -> Data {
    Samples.png((0..<12).map { first + UInt8($0) }, width: 2, height: 2)
  }

  private func decode(_ data: Data) throws -> (pixels: [UInt8], labels: [UInt8]) {
    try ImageTask.decode(data, file: "task.json", dataset: manifest.name, images: manifest.images()) { _ in true }
  }

  private func message(_ data: Data) throws -> String {
    let error = #expect(throws: DatasetError.self) { try decode(data) }
    return try #require(error).description
  }

  @Test func decodesImagesAndLabelsInOrder() throws {
    let (pixels, labels) = try decode(Samples.task([(png(0), "dog"), (png(100), "cat")]))
    let planar: [UInt8] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]
    #expect(pixels == planar + planar.map { $0 + 100 })
    #expect(labels == [1, 0])
  }

  @Test func imageWithAWrongChecksumIsNamed() throws {
    var broken = png(0)
    let iend = try #require(broken.range(of: Data("IEND".utf8)))
    broken[iend.lowerBound - 5] ^= 4
    #expect(
      try message(Samples.task([(png(0), "cat"), (broken, "dog")]))
        == "image 1 of dataset file 'task.json' is malformed: PNG error 'IDAT: CRC error'")
  }

  @Test func textThatIsNotBase64IsNamed() throws {
    let text = #"{"examples": [{"input": "?", "target_scores": {"cat": 1}}, {"input": "?", "target_scores": {}}]}"#
    #expect(try message(Data(text.utf8)) == "image 0 of dataset file 'task.json' is malformed: it is not base64")
  }

  @Test func unknownOrSecondClassIsNamed() throws {
    let fault = "is malformed: exactly one known class must have score 1"
    #expect(
      try message(Samples.task([(png(0), "cat"), (png(0), "cow")], classes: ["cat", "dog", "cow"]))
        == "image 1 of dataset file 'task.json' \(fault)")
    let twice = String(decoding: Samples.task([(png(0), "cat"), (png(0), "dog")]), as: UTF8.self)
      .replacing(#""dog": 0"#, with: #""dog": 1"#)
    #expect(try message(Data(twice.utf8)) == "image 0 of dataset file 'task.json' \(fault)")
  }

  @Test func anotherNumberOfExamplesIsAnError() throws {
    #expect(
      try message(Samples.task([(png(0), "cat")]))
        == "dataset file 'task.json' is malformed: it has 1 examples, expected 2")
  }

  @Test func brokenJSONIsAnError() throws {
    #expect(
      try message(Samples.task([(png(0), "cat")]).dropLast(5))
        == "dataset file 'task.json' is malformed: JSON error: it is not JSON")
    #expect(
      try message(Data(#"{"examples": [{"input": 3}]}"#.utf8))
        == "dataset file 'task.json' is malformed: JSON error: key 'examples[0].input' is not of type String")
  }
}
