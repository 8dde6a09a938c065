import Planning
import RunStore

/// What can stop runs from being carried out.
package enum ExecutionError: Error, Equatable, CustomStringConvertible {
  /// The plan has no such run.
  case unknownRun(run: String, plan: String)
  /// A run's folder holds another configuration than the plan.
  case specChanged(path: String)
  /// The weights of a run that another one needs are not in its folder.
  case weightsMissing(run: String, path: String)
  /// The worker program could not be started.
  case launchFailed(executable: String, reason: String)
  /// The argument of the verb `worker` is not an order.
  case orderUnreadable(text: String)
  /// The disk has less room than the runs that come first need.
  case noRoom(path: String, needed: Int, free: Int)
  case fileSystem(path: String, operation: String, reason: String)
  case store(RunStoreError)
  case plan(PlanningError)

  package var description: String {
    switch self {
    case .unknownRun(let run, let plan): "run '\(run)' is not in plan '\(plan)'"
    case .specChanged(let path):
      "file '\(path)' holds another configuration than the plan: expected the text that its run's id was made from; "
        + "delete it, and the next run writes it anew from the plan"
    case .weightsMissing(let run, let path):
      "file '\(path)' is missing: expected the weights of run '\(run)', which this run needs; do run '\(run)' again "
        + "with --force"
    case .launchFailed(let executable, let reason): "worker '\(executable)' cannot be started: \(reason)"
    case .orderUnreadable(let text):
      "worker order '\(text)' cannot be read; workers are started by 'pdp-study run'"
    case .noRoom(let path, let needed, let free):
      "disk of '\(path)' has too little room: expected about \(needed) bytes for the runs that come first, got \(free); "
        + "make room, or choose another place with --root"
    case .fileSystem(let path, let operation, let reason): "cannot \(operation) '\(path)': \(reason)"
    case .store(let error): error.description
    case .plan(let error): error.description
    }
  }
}
