import Digests
import Foundation
import Testing
import Training

@testable import RunStore

/// The quick reader of points says what the reader of any JSON says, or leaves the line to it.
@Suite struct JournalScannerTests {
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

  private func scanned(_ head: ArraySlice<UInt8>) -> JournalLine? { JournalScanner.line(head.span) }

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
        guard let quick = scanned(head(text)) else {
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

  @Test func layersAndResultsAreReadAsTheGeneralReaderReadsThem() throws {
    let layers = (0..<5).map { index in
      LayerDescription(
        index: index, name: "features.\(index).weight", operation: "convolution", shape: [8, 1, 3, 3], parameters: 72,
        macs: 1 << (10 * index), isPrunable: index > 0, reason: index > 0 ? "" : "the first layer; it sees the image")
    }
    for entry in [
      JournalEntry.layers(layers), .layers([layers[0]]), .result(ResultPoint(name: "top1", step: 80, value: 0.8125)),
      .result(ResultPoint(name: "macs-dense", step: 0, value: -1.25e-7)),
    ] {
      let text = try text(JournalLine(seq: 7, time: 1_700_000_000.125, entry: entry))
      #expect(try scanned(head(text)) == general(text))
    }
  }

  @Test(arguments: [[LayerDescription](), ["é", "\"", "\n"].map(named)])
  func layersOfAnotherFormAreLeftToTheGeneralReader(layers: [LayerDescription]) throws {
    let text = try text(JournalLine(seq: 1, time: 1, entry: .layers(layers)))
    #expect(scanned(head(text)) == nil)
    #expect(try general(text).entry == .layers(layers))
  }

  private static func named(_ name: String) -> LayerDescription {
    LayerDescription(
      index: 0, name: name, operation: "linear", shape: [2, 2], parameters: 4, macs: 4, isPrunable: true, reason: "")
  }

  @Test func doublesOfAnyNumeralAreTheNearest() {
    var generator = SystemRandomNumberGenerator()
    var converted = 0
    for _ in 0..<200_000 {
      let digits = UInt64.random(in: 0..<1 << 60, using: &generator) >> UInt64.random(in: 0..<60, using: &generator)
      let exponent = Int.random(in: -24...24, using: &generator)
      guard let double = DecimalNumeral(digits: digits, exponent: exponent).nearestDouble else { continue }
      converted += 1
      #expect(double == Double("\(digits)e\(exponent)"), "\(digits)e\(exponent)")
    }
    #expect(converted > 150_000)
  }

  /// Numerals in the middle between two doubles, and next to it.
  @Test func doublesInTheMiddleAreLeftToTheLibrary() {
    for offset in [UInt64(1), 3, 5, 1001] {
      let middle = (1 << 54) + 2 * offset
      #expect(DecimalNumeral(digits: middle, exponent: 0).nearestDouble == nil)
      for near in [middle - 1, middle + 1] {
        let numeral = DecimalNumeral(digits: near, exponent: 0)
        #expect(numeral.nearestDouble == nil || numeral.nearestDouble == Double(near))
      }
    }
    #expect(DecimalNumeral(digits: 1 << 60, exponent: 0).nearestDouble == nil)
    #expect(DecimalNumeral(digits: 1, exponent: 23).nearestDouble == nil)
  }

  private static let metric =
    #"{"seq":1,"time":2.5,"kind":"metric","body":{"epoch":1,"name":"loss","split":"train","step":3,"value":0.5}"#

  @Test func oneIsReadAsItStands() throws {
    #expect(
      scanned(head(Self.metric))
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
    #expect(scanned(head(Self.metric.replacing(part, with: other))) == nil)
  }

  @Test func noLineIsReadBeyondItsEnd() {
    for length in 0..<Self.metric.utf8.count {
      #expect(scanned(head(Self.metric).prefix(length)) == nil)
    }
  }

  @Test func otherSpellingsAreReadAllTheSame() throws {
    let spaced = Self.metric.replacing(#""value":0.5"#, with: #""value" : 5e-1"#)
    let digest = SHA256Digest(of: JournalLine.rootDigest + spaced).prefix(JournalLine.digestLength)
    let line = Array("\(spaced),\"digest\":\"\(digest)\"}".utf8)
    var decoder = JournalLineDecoder(after: .start)
    guard case .metric(let point) = try decoder.line(line.span).entry else {
      Issue.record("no metric")
      return
    }
    #expect(point.value == 0.5)
  }
}
