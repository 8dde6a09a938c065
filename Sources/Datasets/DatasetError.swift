/// What can be wrong with a data set, its files, or the way to them.
package enum DatasetError: Error, Equatable, Sendable {
  case unknownDataset(name: String, known: [String])
  case manifestUnreadable(path: String, reason: String)
  case manifestInvalid(path: String, faults: [String])
  /// Files that the manifest lists are not there.
  case notFetched(dataset: String, files: [String])
  case wrongSize(dataset: String, file: String, expected: Int, actual: Int)
  case wrongDigest(dataset: String, file: String, expected: String, actual: String)
  case malformedFile(file: String, fault: FileFault)
  /// `index` counts the file's images from 0.
  case malformedImage(file: String, index: Int, fault: FileFault)
  /// What it holds is not what the caller can use.
  case wrongKind(dataset: String, expected: Manifest.Kind, actual: Manifest.Kind)
  /// The user has to bring the files.
  case userProvided(dataset: String, layout: String)
  /// Files that the user has to bring are not in `folder`; there is a reader for them.
  case userFilesMissing(dataset: String, files: [String], folder: String, layout: String)
  case fingerprintChanged(dataset: String, expected: String, actual: String)
  case limitOutOfRange(dataset: String, part: String, limit: Int, available: Int)
  case batchSizeOutOfRange(dataset: String, batchSize: Int, examples: Int)
  case tokensPerBatchOutOfRange(dataset: String, tokens: Int)

  /// What a package client brought is not what the manifest lists.
  case wrongDownload(dataset: String, file: String, expected: String, actual: String)
  case toolMissing(dataset: String, tool: String, package: String)
  case packageListsMissing(dataset: String, package: String)
  case distributionNotFound(
    dataset: String, kind: DistributionKind, package: String, version: String, output: String)
  case commandFailed(dataset: String, command: String, status: Int, output: String)
  case stalled(dataset: String, command: String, seconds: Int)
  case interrupted(dataset: String)
  case diskFull(dataset: String, path: String, needed: Int)
  case fileSystem(path: String, reason: String)
}

extension DatasetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownDataset(let name, let known):
      let choices = known.map { "'\($0)'" }.joined(separator: ", ")
      let nearest = nearestName(to: name, among: known).map { "did you mean '\($0)'? " } ?? ""
      return "data set '\(name)' is unknown: \(nearest)the workspace has \(choices.isEmpty ? "none" : choices)"
    case .manifestUnreadable(let path, let reason):
      return "manifest '\(path)' cannot be read: \(reason); restore it from the repository"
    case .manifestInvalid(let path, let faults):
      return "manifest '\(path)' is invalid: \(faults.joined(separator: "; "))"
    case .notFetched(let dataset, let files):
      let names = files.map { "'\($0)'" }.joined(separator: ", ")
      return "data set '\(dataset)' is not fetched: \(names) missing; run 'pdp-study data fetch \(dataset)'"
    case .wrongSize(let dataset, let file, let expected, let actual):
      return "dataset file '\(file)' has \(actual) bytes, expected \(expected); \(refetch(dataset))"
    case .wrongDigest(let dataset, let file, let expected, let actual):
      return "dataset file '\(file)' has SHA-256 \(actual), expected \(expected); \(refetch(dataset))"
    case .malformedFile(let file, let fault):
      return "dataset file '\(file)' is malformed: \(fault)"
    case .malformedImage(let file, let index, let fault):
      return "image \(index) of dataset file '\(file)' is malformed: \(fault)"
    case .wrongKind(let dataset, let expected, let actual):
      return "data set '\(dataset)' holds \(actual.noun), expected \(expected.noun); name another data set"
    case .userProvided(let dataset, let layout):
      return "data set '\(dataset)' is not fetchable: its terms let only you bring it, and this version has no reader "
        + "for it yet; the folder layout expected is \(layout)"
    case .userFilesMissing(let dataset, let files, let folder, let layout):
      return "data set '\(dataset)' is not fetchable: its terms let only you bring it; "
        + "\(files.map { "'\($0)'" }.joined(separator: ", ")) missing in '\(folder)', where \(layout) belong"
    case .fingerprintChanged(let dataset, let expected, let actual):
      return "data set '\(dataset)' has fingerprint \(actual), the plan expects \(expected); plan the study again"
    case .limitOutOfRange(let dataset, let part, let limit, let available):
      return "\(part) limit of data set '\(dataset)' is out of range: expected 1...\(available), got \(limit)"
    case .batchSizeOutOfRange(let dataset, let batchSize, let examples):
      return "batch size for data set '\(dataset)' is out of range: expected 1...\(examples), got \(batchSize)"
    case .tokensPerBatchOutOfRange(let dataset, let tokens):
      return "tokens a batch for data set '\(dataset)' are out of range: expected 1 or more, got \(tokens)"
    case .wrongDownload(let dataset, let file, let expected, let actual):
      return
        "downloaded file '\(file)' of data set '\(dataset)' has SHA-256 \(actual), expected \(expected): nothing was "
        + "kept; the package index, a mirror or a proxy hands out other bytes than the manifest lists"
    case .toolMissing(let dataset, let tool, let package):
      return "data set '\(dataset)' cannot be fetched: '\(tool)' is not installed; install the system package "
        + "'\(package)' (or run 'make setup'), then \(again(dataset))"
    case .packageListsMissing(let dataset, let package):
      return
        "data set '\(dataset)' cannot be fetched: apt does not know the package '\(package)'; run "
        + "'apt-get update' as root, then \(again(dataset))"
    case .distributionNotFound(let dataset, let kind, let package, let version, let output):
      return "data set '\(dataset)' cannot be fetched: pip found no \(kind.rawValue) '\(package)' \(version); check "
        + "the network and 'python3 -m pip config list', then \(again(dataset))" + quoted(output)
    case .commandFailed(let dataset, let command, let status, let output):
      return "data set '\(dataset)' cannot be fetched: '\(command)' ended with status \(status); check the network and "
        + "\(again(dataset))" + quoted(output)
    case .stalled(let dataset, let command, let seconds):
      return "data set '\(dataset)' cannot be fetched: '\(command)' made no progress for \(seconds) s and was stopped; "
        + "check the network and \(again(dataset))"
    case .interrupted(let dataset):
      return "fetching data set '\(dataset)' was interrupted: nothing was kept; \(again(dataset))"
    case .diskFull(let dataset, let path, let needed):
      return "data set '\(dataset)' cannot be fetched: the disk of '\(path)' is full, \(needed) bytes are needed; "
        + "free space and \(again(dataset))"
    case .fileSystem(let path, let reason):
      return "'\(path)' cannot be used: \(reason); check the path and its permissions"
    }
  }

  private func refetch(_ dataset: String) -> String {
    "delete it and run 'pdp-study data fetch \(dataset)'"
  }

  private func again(_ dataset: String) -> String {
    "run 'pdp-study data fetch \(dataset)' again"
  }

  private func quoted(_ output: String) -> String {
    output.isEmpty ? "" : "; it said: \(output)"
  }
}
