import Foundation

/// The names in a safetensors header, whose repetition a JSON decoder passes over in silence.
package enum SafetensorsKeys {
  /// Whether no object of the JSON text `header` has a name twice; what is no JSON may give either answer.
  ///
  /// - Cost: one pass; it keeps the names of the objects that are open.
  package static func areUnique(in header: Data) -> Bool {
    var names: [Set<String>] = []
    // Where the latest string began, and the string itself once it has ended.
    var start: Data.Index?
    var latest: Data?
    var isEscaped = false
    for index in header.indices {
      let byte = header[index]
      if let first = start {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          latest = header[first...index]
          start = nil
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): start = index
      case UInt8(ascii: "{"): names.append([])
      case UInt8(ascii: "}"): _ = names.popLast()
      case UInt8(ascii: ":"):
        guard let latest, !names.isEmpty else { continue }
        guard names[names.count - 1].insert(unescaped(latest)).inserted else { return false }
      default: break
      }
    }
    return true
  }

  /// Text of a JSON string with its quotes: one name can be escaped in several ways.
  private static func unescaped(_ string: Data) -> String {
    let plain = String(decoding: string.dropFirst().dropLast(), as: UTF8.self)
    guard string.contains(UInt8(ascii: "\\")) else { return plain }
    // What cannot be decoded is no JSON, which the caller finds out.
    return (try? JSONDecoder().decode(String.self, from: string)) ?? plain
  }
}
