import Digests
import Foundation
import Training

/// One line of a journal: sequence number, time, entry and running digest.
///
/// The text is `{"seq":…,"time":…,"kind":"…","body":…,"digest":"…"}`. The digest covers the digest of the line before
/// and this line's text up to the digest, so no line can be changed, lost or moved without notice.
package struct JournalLine: Equatable, Sendable {
  /// 1 for the first line.
  package let seq: Int
  /// Seconds since 1970, by the writer's clock, to the millisecond.
  package let time: Double
  package let entry: JournalEntry

  /// Digest that the first line continues from.
  static let rootDigest = String(repeating: "0", count: digestLength)
  static let digestLength = 32
  /// Longest line that a reader accepts, in bytes.
  static let maximumLength = 1 << 20

  package init(seq: Int, time: Double, entry: JournalEntry) {
    self.seq = seq
    self.time = time
    self.entry = entry
  }

  /// The line's text without its newline, and its digest.
  func encoded(after previous: String) throws -> (text: String, digest: String) {
    let milliseconds = (time * 1000).rounded() / 1000
    let head = "{\"seq\":\(seq),\"time\":\(milliseconds),\"kind\":\"\(entry.kind)\",\"body\":\(try body())"
    let digest = Self.digest(of: Array(head.utf8), after: previous)
    return ("\(head),\"digest\":\"\(digest)\"}", digest)
  }

  /// What is wrong with a line.
  struct Fault: Error, Equatable {
    let reason: String

    init(_ reason: String) {
      self.reason = reason
    }
  }

  private static func digest(of head: [UInt8], after previous: String) -> String {
    SHA256Digest(of: Array(previous.utf8) + head).prefix(digestLength)
  }

  private func body() throws -> String {
    let encoder = JournalCoding.encoder()
    let data =
      switch entry {
      case .attempt(let body): try encoder.encode(body)
      case .layers(let body): try encoder.encode(body)
      case .metric(let body): try encoder.encode(body)
      case .layer(let body): try encoder.encode(body)
      case .result(let body): try encoder.encode(body)
      case .checkpoint(let body): try encoder.encode(body)
      case .event(let body): try encoder.encode(body)
      case .beat(let body): try encoder.encode(body)
      case .end(let body): try encoder.encode(body)
      }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JournalLine: Decodable {
  private enum CodingKeys: CodingKey {
    case seq
    case time
    case kind
    case body
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    seq = try container.decode(Int.self, forKey: .seq)
    time = try container.decode(Double.self, forKey: .time)
    let kind = try container.decode(String.self, forKey: .kind)
    entry =
      switch kind {
      case "attempt": .attempt(try container.decode(AttemptStart.self, forKey: .body))
      case "layers": .layers(try container.decode([LayerDescription].self, forKey: .body))
      case "metric": .metric(try container.decode(MetricPoint.self, forKey: .body))
      case "layer": .layer(try container.decode(LayerPoint.self, forKey: .body))
      case "result": .result(try container.decode(ResultPoint.self, forKey: .body))
      case "checkpoint": .checkpoint(try container.decode(CheckpointRecord.self, forKey: .body))
      case "event": .event(try container.decode(EventRecord.self, forKey: .body))
      case "beat": .beat(try container.decode(Beat.self, forKey: .body))
      case "end": .end(try container.decode(AttemptEnd.self, forKey: .body))
      default:
        throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown kind \(kind)")
      }
  }
}
