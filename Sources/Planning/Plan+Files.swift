import Digests
import Foundation

extension Plan {
  /// The id that the plan's contents give it: SHA-256 of everything but the id, 12 hexadecimal digits.
  package var contentID: String {
    get throws(PlanningError) {
      var plan = self
      plan.id = ""
      return SHA256Digest(of: try canonicalForm(of: plan)).prefix(12)
    }
  }

  /// The plan as JSON text.
  package var text: String {
    get throws(PlanningError) { try canonicalForm(of: self) }
  }

  /// Freezes the plan as `<id>.json` in `directory`, which is made if it is missing; does nothing if the file is there.
  ///
  /// The file appears under its name only when it is complete.
  ///
  /// - Throws: `PlanningError.unwritable`.
  @discardableResult
  package func write(toDirectory directory: URL) throws(PlanningError) -> URL {
    let url = directory.appending(path: "\(id).json")
    let data = Data(try text.utf8)
    if FileManager.default.contents(atPath: url.path) == data { return url }
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try data.write(to: url, options: .atomic)
    } catch {
      throw .unwritable(path: url.path, reason: reason(of: error))
    }
    return url
  }

  /// Reads a frozen plan and checks that it is whole.
  ///
  /// - Throws: `PlanningError.planUnreadable` if the file is missing, cut off or no plan; `unknownPlanSchema` for another
  ///   version; `planChanged` if the contents do not give the id.
  package static func read(from url: URL) throws(PlanningError) -> Plan {
    try decoded(contents(of: url), path: url.path)
  }

  /// The bytes of a frozen plan's file.
  ///
  /// - Throws: `PlanningError.planUnreadable`.
  package static func contents(of url: URL) throws(PlanningError) -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw .planUnreadable(path: url.path, reason: reason(of: error))
    }
  }

  /// The frozen plan in the bytes of the file at `path`.
  ///
  /// - Throws: as `read`.
  package static func decoded(_ data: Data, path: String) throws(PlanningError) -> Plan {
    let plan: Plan
    do {
      let version = try JSONDecoder().decode(SchemaField.self, from: data)
      guard version.schema == Plan.schema else {
        throw PlanningError.unknownPlanSchema(path: path, found: version.schema)
      }
      plan = try JSONDecoder().decode(Plan.self, from: data)
    } catch let error as PlanningError {
      throw error
    } catch {
      throw .planUnreadable(path: path, reason: reason(of: error))
    }
    // Mostly the file's own text, which saves making it again from the plan.
    if SHA256Digest(of: Self.textWithoutID(data, id: plan.id)).prefix(12) == plan.id { return plan }
    let contentID = try plan.contentID
    guard plan.id == contentID else { throw .planChanged(path: path, expected: plan.id, found: contentID) }
    return plan
  }

  /// The bytes of a plan's file with its id emptied, as `contentID` takes them if the file is as `write` left it.
  private static func textWithoutID(_ data: Data, id: String) -> String {
    String(decoding: data, as: UTF8.self).replacing("\"id\":\"\(id)\"", with: "\"id\":\"\"", maxReplacements: 1)
  }
}

/// The field that is decoded before all others.
struct SchemaField: Decodable {
  var schema: Int
}
