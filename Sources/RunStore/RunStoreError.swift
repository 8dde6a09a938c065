import Datasets
import Planning

/// What can be wrong with journals, the database and what is asked of it.
package enum RunStoreError: Error, Equatable, CustomStringConvertible {
  /// The results folder, or one in it, cannot be written to.
  case readOnly(path: String)
  /// The file system refused an operation.
  case fileSystem(path: String, operation: String, reason: String)
  /// The file system has no room for a line of a journal.
  case diskFull(path: String)
  /// A line in the middle of a journal is not what was written.
  case journalBroken(path: String, byte: Int, reason: String)
  /// A line of a file of measurements is not what was written; lines count from 1.
  case latenciesBroken(path: String, line: Int, reason: String)
  /// What the database holds of these runs is nowhere else.
  case journalsMissing(runs: [String])
  /// A frozen plan cannot be read.
  case plan(PlanningError)
  /// Another process has this run in hand.
  case inHand(run: String, holder: String)
  /// The database file belongs to another program.
  case foreignDatabase(path: String, applicationID: Int)
  /// The database was written by a later version of this program.
  case newerDatabase(path: String)
  /// The database file is damaged.
  case databaseDamaged(path: String, reason: String)
  /// The database refused an operation for a reason that is not ours.
  case databaseFailed(path: String, reason: String)
  /// A query that would change something, or more than one statement.
  case queryRefused(reason: String)
  /// SQL that the database does not understand.
  case queryInvalid(reason: String)
  case queryTimedOut(seconds: Double)
  case unknownRun(prefix: String)
  case ambiguousRun(prefix: String, matches: [String])
  /// A bundle of runs that is not what `export` writes.
  case bundleInvalid(path: String, reason: String)
  /// A run is here with other journals than in a bundle.
  case bundleConflict(run: String, here: String, bundle: String)
  /// A word for runs that names a study, profile or arm which there is not.
  case unknownTarget(text: String, thing: String, name: String, choices: [String])

  package var description: String {
    switch self {
    case .readOnly(let path):
      "results folder '\(path)' is read-only; make it writable or choose another place with --root"
    case .fileSystem(let path, let operation, let reason):
      "cannot \(operation) '\(path)': \(reason)"
    case .diskFull(let path): "disk full: '\(path)' cannot be written; make room and resume"
    case .journalBroken(let path, let byte, let reason):
      "journal '\(path)' is broken at byte \(byte): \(reason); "
        + "restore the file from a copy, or move its run's folder away to train it anew"
    case .latenciesBroken(let path, let line, let reason):
      "file of measurements '\(path)' is broken at line \(line): \(reason); restore it from a copy, or remove it and "
        + "measure again with 'pdp-study bench --study'"
    case .journalsMissing(let runs):
      "what the database holds of \(runs.count == 1 ? "run" : "\(runs.count) runs, the first of them") '\(runs.first ?? "")' is "
        + "nowhere else, since the journals are gone; bring the folders below 'runs' back, or keep the database as it is"
    case .plan(let error): error.description
    case .inHand(let run, let holder):
      "run '\(run)' is in hand: \(holder)"
    case .foreignDatabase(let path, let applicationID):
      "database '\(path)' belongs to another program: expected application id \(Schema.applicationID), "
        + "got \(applicationID); choose another file with --db"
    case .newerDatabase(let path):
      "database '\(path)' was written by a later version of pdp-study; update pdp-study, or delete the file to "
        + "have it rebuilt from the run folders"
    case .databaseDamaged(let path, let reason):
      "database '\(path)' is damaged: \(reason); move it away, and the next command fills a new one from the run folders"
    case .databaseFailed(let path, let reason):
      "database '\(path)' cannot be used: \(reason)"
    case .queryRefused(let reason):
      "query is refused: \(reason)"
    case .queryInvalid(let reason):
      "query is invalid: \(reason)"
    case .queryTimedOut(let seconds):
      "query took longer than \(seconds) s; narrow it, or allow more with --timeout"
    case .unknownRun(let prefix):
      "run '\(prefix)' is unknown; 'pdp-study list' shows the runs there are"
    case .ambiguousRun(let prefix, let matches):
      "run '\(prefix)' is ambiguous: it may be \(matches.joined(separator: ", ")); give more of it"
    case .bundleInvalid(let path, let reason):
      "bundle '\(path)' cannot be imported: \(reason); have it exported again"
    case .bundleConflict(let run, let here, let bundle):
      "run '\(run)' is not the same in '\(here)' and in bundle '\(bundle)': neither's journals continue the other's; "
        + "nothing was imported, move the folder away to take the bundle's"
    case .unknownTarget(let text, let thing, let name, let choices):
      "target '\(text)' names no \(thing): "
        + (nearestName(to: name, among: choices).map { "did you mean '\($0)'? " } ?? "")
        + (choices.isEmpty ? "nothing has been run yet" : "expected one of \(choices.joined(separator: ", "))")
    }
  }
}
