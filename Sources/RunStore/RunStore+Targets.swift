import Datasets
import Foundation
import GRDB

/// What a word on the command line stands for: one run, or all runs of an arm.
package struct RunTarget: Equatable, Sendable {
  /// A run's id, or `study:profile:arm`.
  package var name: String
  /// Ids in the order of replicates.
  package var runs: [String]
  /// How many other configurations the arm has had, in earlier plans, whose runs are left out.
  package var otherConfigurations: Int

  package init(name: String, runs: [String], otherConfigurations: Int = 0) {
    self.name = name
    self.runs = runs
    self.otherConfigurations = otherConfigurations
  }
}

/// What comparing needs of a run.
package struct ComparedRun: Equatable, Sendable {
  package var id: String
  package var study: String
  package var replicate: Int
  package var seed: Int
  /// `Numerics.version` of the engine; nil before the first attempt.
  package var numerics: Int?
  package var status: RunStatus
  package var spec: String
  /// Finite headline numbers by name.
  package var results: [String: Double]

  package init(
    id: String, study: String, replicate: Int, seed: Int, numerics: Int?, status: RunStatus, spec: String,
    results: [String: Double]
  ) {
    self.id = id
    self.study = study
    self.replicate = replicate
    self.seed = seed
    self.numerics = numerics
    self.status = status
    self.spec = spec
    self.results = results
  }
}

extension RunStore {
  /// What `text` stands for: the beginning of a run's id, `study:profile:arm`, or `study:profile` for all its arms.
  ///
  /// An arm that a study has redefined stands for the runs of its newest configuration, those of every numerics version.
  ///
  /// - Throws: `RunStoreError.unknownRun`, `.ambiguousRun`, `.unknownTarget`.
  package func targets(_ text: String) throws(RunStoreError) -> [RunTarget] {
    let words = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard words.count > 1 else {
      let run = try runID(startingWith: text)
      return [RunTarget(name: run, runs: [run])]
    }
    return try read { db in
      func choose(_ thing: String, _ name: String, among sql: String, _ arguments: StatementArguments) throws
        -> [String]
      {
        let known = try String.fetchAll(db, sql: sql, arguments: arguments)
        guard known.contains(name) else {
          throw RunStoreError.unknownTarget(text: text, thing: thing, name: name, choices: known)
        }
        return known
      }
      _ = try choose("study", words[0], among: "SELECT DISTINCT study FROM plan ORDER BY study", [])
      _ = try choose(
        "profile", words[1], among: "SELECT DISTINCT profile FROM plan WHERE study = ? ORDER BY profile", [words[0]])
      let arms = """
        SELECT arm.name FROM arm JOIN plan ON plan.id = arm.plan WHERE plan.study = ? AND plan.profile = ?
        GROUP BY arm.name ORDER BY max(plan.rowid) DESC, min(arm.position)
        """
      if words.count > 2 { _ = try choose("arm", words[2], among: arms, [words[0], words[1]]) }
      let names = words.count > 2 ? [words[2]] : try String.fetchAll(db, sql: arms, arguments: [words[0], words[1]])
      return try names.map { try Self.target(study: words[0], profile: words[1], arm: $0, in: db) }
    }
  }

  private static func target(study: String, profile: String, arm: String, in db: Database) throws -> RunTarget {
    // Plans are registered in the order in which they were last used.
    let specs = try String.fetchAll(
      db,
      sql: """
        SELECT arm.spec FROM arm JOIN plan ON plan.id = arm.plan
        WHERE plan.study = ? AND plan.profile = ? AND arm.name = ?
        GROUP BY arm.spec ORDER BY max(plan.rowid) DESC
        """, arguments: [study, profile, arm])
    let runs = try String.fetchAll(
      db, sql: "SELECT id FROM run WHERE spec = ? AND study = ? ORDER BY replicate, numerics, id",
      arguments: [specs.first, study])
    return RunTarget(name: "\(study):\(profile):\(arm)", runs: runs, otherConfigurations: max(0, specs.count - 1))
  }

  /// What comparing needs of runs, in their order.
  ///
  /// - Precondition: the database has all of them.
  package func comparedRuns(_ ids: [String]) throws(RunStoreError) -> [ComparedRun] {
    try read { db in
      try ids.compactMap { id in
        let row = try Row.fetchOne(
          db, sql: "SELECT study, replicate, seed, numerics, status, spec FROM run WHERE id = ?", arguments: [id])
        return try row.map { row in
          ComparedRun(
            id: id, study: row["study"], replicate: row["replicate"], seed: row["seed"], numerics: row["numerics"],
            status: RunStatus(rawValue: row["status"]) ?? .planned, spec: row["spec"],
            results: try Self.results(of: id, in: db))
        }
      }
    }
  }

  /// A configuration as key and value, sorted by key.
  package func parameters(ofSpec spec: String) throws(RunStoreError) -> [RunDetails.Parameter] {
    try read { db in try Self.parameters(ofSpec: spec, in: db) }
  }

  static func parameters(ofSpec spec: String, in db: Database) throws -> [RunDetails.Parameter] {
    try RunDetails.Parameter.fetchAll(
      db, sql: "SELECT key, type, text, number FROM param WHERE spec = ? ORDER BY key", arguments: [spec])
  }
}
