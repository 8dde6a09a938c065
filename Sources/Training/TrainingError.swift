/// What can go wrong with a training run besides its data, its pruning and its divergence.
package enum TrainingError: Error, Equatable, CustomStringConvertible {
  case inputMismatch(dataset: String, channels: Int, classes: Int, modelChannels: Int, modelClasses: Int)
  case outputMismatch(dataset: String, expected: Int, actual: Int)
  /// The pre-trained encoder is not of the planned size; `field` as in its `config.json`.
  case otherEncoder(encoder: String, field: String, planned: String, found: String)
  case checkpointUnwritable(path: String, reason: String)
  /// The file system has no room for a checkpoint or for the exported weights.
  case diskFull(path: String)
  case exportUnwritable(path: String, reason: String)
  case searchUnreadable(path: String, reason: String)

  package var description: String {
    switch self {
    case .inputMismatch(let dataset, let channels, let classes, let modelChannels, let modelClasses):
      "data set '\(dataset)' has \(channels) channels and \(classes) classes, but the network takes "
        + "\(modelChannels) channels and \(modelClasses) classes; correct the study"
    case .outputMismatch(let dataset, let expected, let actual):
      "data set '\(dataset)' asks for \(expected) results an example, but the network has \(actual); plan the study again"
    case .otherEncoder(let encoder, let field, let planned, let found):
      "encoder '\(encoder)' has \(field) \(found) in its config.json, but its manifest says \(planned); correct one of them"
    case .checkpointUnwritable(let path, let reason):
      "checkpoint '\(path)' cannot be written: \(reason); make room or correct the folder's permissions and resume"
    case .diskFull(let path): "disk full: '\(path)' cannot be written; make room and resume"
    case .searchUnreadable(let path, let reason):
      "trials of the search in '\(path)' cannot be read: \(reason); delete the file to search again"
    case .exportUnwritable(let path, let reason):
      "weights file '\(path)' cannot be written: \(reason); make room or correct the folder's permissions and resume"
    }
  }
}
