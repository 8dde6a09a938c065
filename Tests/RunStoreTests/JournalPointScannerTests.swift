import Digests
import Foundation
import Testing
import Training

@testable import RunStore

/// The quick reader of points says what the reader of any JSON says, or leaves the line to it.
@Suite struct JournalPointScannerTests {
  private func head(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

  private func general(_ text: String) throws -> JournalLine {
    try JournalCoding.decoder().decode(JournalLine.self, from: Data((text + "}").utf8))
  }

  /// Text of `line` up to its digest.
  private func text(_ line: JournalLine) throws -> String {
    let (text, digest) = try line.encoded(after: JournalLine.rootDigest)
    return String(text.dropLast(",\"digest\":\"\(digest)\"}".count))
  }

  /// A value of any size and with any number of digits, or one that is no number.
  private func value(_ generator: inout some RandomNumberGenerator) -> Double {
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: [.nan, .infinity, -.infinity, 0, -0.0, 1, -17].randomElement(using: &generator) ?? 0
    case 1: Double(Int.random(in: -1000...1000, using: &generator)) / 8
    case 2: Double(Float.random(in: 0..<1, using: &generator))
    case 3: .leastNonzeroMagnitude
    case 4: .greatestFiniteMagnitude
    default:
      Double(bitPattern: UInt64.random(in: 0...(.max), using: &generator))
    }
  }

  private func isSame(_ one: Double?, _ other: Double?) -> Bool {
    one.map(\.isNaN) == true ? other.map(\.isNaN) == true : one?.bitPattern == other?.bitPattern
  }

  @Test func pointsAreReadBitForBitAsTheGeneralReaderReadsThem() throws {
    var generator = SystemRandomNumberGenerator()
    for number in 1...2000 {
      let metric = MetricPoint(
        name: ["loss", "examples-per-second"][number % 2], split: "train", step: number * 7919,
        epoch: abs(value(&generator)), value: value(&generator))
      let layer = LayerPoint(
        index: number % 28, step: number, epoch: 0.5, nonzero: number, total: 2 * number,
        threshold: number % 2 == 0 ? nil : value(&generator),
        relativeTemperature: number % 3 == 0 ? nil : value(&generator), maskFlips: 0, weightNorm: value(&generator))
      let time = 1_700_000_000 + Double(number) / 1000
      for entry in [JournalEntry.metric(metric), .layer(layer)] {
        let text = try text(JournalLine(seq: number, time: time, entry: entry))
        var scanner = JournalPointScanner(head(text))
        guard let quick = scanner.line() else {
          Issue.record("not read: \(text)")
          continue
        }
        let general = try general(text)
        #expect(quick.seq == general.seq)
        #expect(isSame(quick.time, general.time))
        switch (quick.entry, general.entry) {
        case (.metric(let quick), .metric(let general)):
          #expect(quick.name == general.name && quick.split == general.split && quick.step == general.step)
          #expect(isSame(quick.epoch, general.epoch) && isSame(quick.value, general.value), "\(text)")
        case (.layer(let quick), .layer(let general)):
          #expect(quick.index == general.index && quick.step == general.step && quick.maskFlips == general.maskFlips)
          #expect(quick.nonzero == general.nonzero && quick.total == general.total)
          #expect(isSame(quick.threshold, general.threshold), "\(text)")
          #expect(isSame(quick.relativeTemperature, general.relativeTemperature), "\(text)")
          #expect(isSame(quick.weightNorm, general.weightNorm), "\(text)")
        default: Issue.record("\(text)")
        }
      }
    }
  }

  private static let metric =
    #"{"seq":1,"time":2.5,"kind":"metric","body":{"epoch":1,"name":"loss","split":"train","step":3,"value":0.5}"#

  @Test func oneIsReadAsItStands() throws {
    var scanner = JournalPointScanner(head(Self.metric))
    #expect(
      scanner.line()
        == JournalLine(
          seq: 1, time: 2.5,
          entry: .metric(MetricPoint(name: "loss", split: "train", step: 3, epoch: 1, value: 0.5))))
  }

  @Test(arguments: [
    (#""seq":1"#, #""seq": 1"#), (#""seq":1"#, #""seq":01"#), ("loss", #"lo\u0073s"#), ("loss", "löss"),
    (#""epoch":1"#, #""epoch":"one""#), (#""epoch":1"#, #""epoch":0x1"#), (#""epoch":1"#, #""epoch":01"#),
    (#""epoch":1"#, #""epoch":1e999"#), (#""value":0.5"#, #""value":.5"#), (#""value":0.5"#, #""value":5."#),
    (#""value":0.5"#, #""value":"inf""#), (#""value":0.5"#, #""value":infinity"#), (#""value":0.5"#, #""value":-"#),
    (#""step":3"#, #""step":3000000000000000000000"#), (#""step":3"#, #""step":-3"#),
    (#""epoch":1,"name":"loss""#, #""name":"loss","epoch":1"#), (#""value":0.5}"#, #""value":0.5,"more":1}"#),
    (#""value":0.5}"#, #""value":0.5"#), (#""kind":"metric""#, #""kind":"beat""#),
  ])
  func anyOtherFormIsLeftToTheGeneralReader(part: String, other: String) {
    var scanner = JournalPointScanner(head(Self.metric.replacing(part, with: other)))
    #expect(scanner.line() == nil)
  }

  @Test func noLineIsReadBeyondItsEnd() {
    for length in 0..<Self.metric.utf8.count {
      var scanner = JournalPointScanner(head(Self.metric).prefix(length))
      #expect(scanner.line() == nil)
    }
  }

  @Test func otherSpellingsAreReadAllTheSame() throws {
    let spaced = Self.metric.replacing(#""value":0.5"#, with: #""value" : 5e-1"#)
    let digest = SHA256Digest(of: JournalLine.rootDigest + spaced).prefix(JournalLine.digestLength)
    let line = Array("\(spaced),\"digest\":\"\(digest)\"}".utf8)
    var decoder = JournalLineDecoder(after: .start)
    guard case .metric(let point) = try decoder.line(line[...]).entry else {
      Issue.record("no metric")
      return
    }
    #expect(point.value == 0.5)
  }
}
