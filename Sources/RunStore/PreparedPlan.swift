import Foundation
import Planning

/// A frozen plan read from its file, with all that the database holds of it made ready.
struct PreparedPlan: Sendable {
  var plan: Plan
  /// Its JSON.
  var text: String
  /// Sorted by id.
  var specs: [PreparedSpec]

  /// - Throws: `RunStoreError.plan`.
  init(contentsOf url: URL) throws(RunStoreError) {
    do throws(PlanningError) {
      let data = try Plan.contents(of: url)
      plan = try Plan.decoded(data, path: url.path)
      text = String(decoding: data, as: UTF8.self)
    } catch {
      throw .plan(error)
    }
    specs = try plan.specs.sorted { $0.key < $1.key }.map { id, spec throws(RunStoreError) in
      try PreparedSpec(spec, id: id)
    }
  }

  typealias Outcome = Result<PreparedPlan, RunStoreError>

  /// The plan in `file`.
  static func read(_ file: URL) -> Outcome {
    Result { () throws(RunStoreError) in try PreparedPlan(contentsOf: file) }
  }
}
