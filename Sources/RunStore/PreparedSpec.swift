import Foundation
import Planning

/// A run's configuration with its JSON and its parameters.
struct PreparedSpec: Sendable {
  var id: String
  var spec: RunSpec
  var json: String
  var parameters: [Parameter]

  /// A leaf of the configuration.
  struct Parameter: Sendable {
    var key: String
    /// `text`, `number`, `boolean` or `case`.
    var type: String
    var text: String
    var number: Double?
  }

  /// - Throws: `RunStoreError.plan` for a configuration that JSON cannot hold.
  init(_ spec: RunSpec, id: String) throws(RunStoreError) {
    self.id = id
    self.spec = spec
    do {
      let data = try JournalCoding.encoder().encode(spec)
      json = String(decoding: data, as: UTF8.self)
      parameters = try JournalCoding.decoder().decode(JSONValue.self, from: data).leaves().map(Parameter.init)
    } catch {
      throw .plan(.notFinite(path: "\(error)"))
    }
  }
}

extension PreparedSpec.Parameter {
  init(path: String, value: JSONValue) {
    key = path
    switch value {
    case .boolean(let isTrue): (type, text, number) = ("boolean", isTrue ? "true" : "false", isTrue ? 1 : 0)
    case .number(let value): (type, text, number) = ("number", Int(exactly: value).map { "\($0)" } ?? "\(value)", value)
    case .text(let value): (type, text, number) = ("text", value, nil)
    case .null, .array, .object: (type, text, number) = ("case", "", nil)
    }
  }
}
