/// What can go wrong with a training run besides its data, its pruning and its divergence.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
  case inputMismatch(dataset: String, channels: Int, classes: Int, modelChannels: Int, modelClasses: Int)
  case checkpointUnwritable(path: String, reason: String)
  case exportUnwritable(path: String, reason: String)
  case searchUnreadable(path: String, reason: String)

  package var description: String {
    switch self {
    case .inputMismatch(let dataset, let channels, let classes, let modelChannels, let modelClasses):
      "data set '\(dataset)' has \(channels) channels and \(classes) classes, but the network takes "
        + "\(modelChannels) channels and \(modelClasses) classes; correct the study"
    case .checkpointUnwritable(let path, let reason):
      "checkpoint '\(path)' cannot be written: \(reason); make room or correct the folder's permissions and resume"
    case .searchUnreadable(let path, let reason):
      "trials of the search in '\(path)' cannot be read: \(reason); delete the file to search again"
    case .exportUnwritable(let path, let reason):
      "weights file '\(path)' cannot be written: \(reason); make room or correct the folder's permissions and resume"
    }
  }
}
