import Execution

/// What is left of a plan to do takes, in sentences.
struct EstimateText {
  let estimate: PlanEstimate
  /// Bytes free where the results are; nil if the system does not say.
  let free: Int?

  var text: String {
    guard estimate.runs > 0 else { return "nothing is left to do" }
    return ([time] + basisLines + [memory, disk]).joined(separator: "\n")
  }

  private var time: String {
    let atATime =
      "\(estimate.jobs == 1 ? "one run" : "\(estimate.jobs) runs") at a time on \(Format.counted(estimate.threads, "thread"))"
      + (estimate.jobs > 1 ? " each" : "")
    let unknown = estimate.unknownRuns
    if unknown == estimate.runs {
      return "time    unknown: nothing like it has run here yet; a run of any study's smoke profile gives a first idea"
    }
    return "time    about \(Format.roughly(seconds: estimate.seconds)) here, \(atATime)"
      + (unknown > 0 ? ", and \(Format.counted(unknown, "run")) of which nothing is known" : "")
  }

  private var basisLines: [String] {
    estimate.bases.filter { $0.basis != .unknown }.map { basis, runs, seconds in
      "        \(Format.counted(runs, "run")), \(Format.roughly(seconds: seconds)): as "
        + Console.printable(Self.words(basis))
    }
  }

  static func words(_ basis: Estimator.Basis) -> String {
    switch basis {
    case .measured(let runs): "\(Format.counted(runs, "finished run")) of the same network, data, batch and method took"
    case .otherMethods(let runs):
      "\(Format.counted(runs, "finished run")) of the same network, data and batch by other methods took"
    case .scaled(let name, let runs, let factor, let isRough):
      "\(Format.counted(runs, "finished run")) of \(name) took, times \(Format.roughly(factor)) for the operations of an "
        + "example"
        + (isRough ? "; a rough guess, since they were over in seconds" : "")
    case .unknown: "nothing like it has run here yet"
    }
  }

  private var memory: String {
    guard let bytes = estimate.memoryBytes else {
      return "memory  unknown: no run of this network, data and batch has ended yet"
    }
    return "memory  about \(Format.bytes(bytes)), the most that runs of this network, data and batch have held"
      + (estimate.jobs > 1 ? ", \(estimate.jobs) beside one another" : "")
  }

  private var disk: String {
    "disk    about \(Format.bytes(estimate.diskBytes)) for weights, checkpoints, journals and database"
      + (free.map { "; \(Format.bytes($0)) are free" } ?? "")
  }
}
