import Networks

/// Why a trained network cannot be used.
package enum DeploymentError: Error, Equatable, CustomStringConvertible {
  /// A file of weights without metadata that say which network they are of.
  case unknownNetwork(name: String)
  /// Metadata that are not what `export` writes.
  case malformedMetadata(name: String, key: String)
  /// Weights that are not those of the network that they are said to be of.
  case otherNetwork(name: String, network: String, fault: String)
  /// What is done for networks of one kind only, asked of one of the other.
  case noPlan(name: String, network: String, expected: String)
  /// The network gives scores, not classes.
  case noClasses(name: String, dataset: String)
  /// What pixels are normalised by is neither in the file nor in the workspace.
  case unknownNormalization(name: String)
  /// The size of the images that the network reads is not known.
  case unknownInput(name: String)
  case unreadableInput(path: String, reason: String)
  case malformedInput(path: String, fault: String)
  case wrongInputSize(path: String, found: [Int], expected: [Int])
  case inputTooLarge(path: String, what: String)

  package var description: String {
    switch self {
    case .unknownNetwork(let name):
      "weights file '\(name)' does not say which network it is of; export it again with 'pdp-study export', or name a "
        + "run of that network with --like"
    case .malformedMetadata(let name, let key):
      "weights file '\(name)': its metadata '\(key)' are not what 'pdp-study export' writes; export it again, or name a "
        + "run of that network with --like"
    case .otherNetwork(let name, let network, let fault):
      "weights of '\(name)' are not those of network '\(network)': \(fault)"
    case .noPlan(let name, let network, let expected):
      "'\(name)' is of network '\(network)': expected a network of \(expected)"
    case .noClasses(let name, let dataset):
      "'\(name)' gives scores, as the task of data set '\(dataset)' wants them: expected a network that classifies"
    case .unknownNormalization(let name):
      "what images for '\(name)' are normalised by is not known: its file does not say it, and the data set is not here "
        + "with the same files; run 'pdp-study data fetch', or export the weights where it is"
    case .unknownInput(let name):
      "the size of images that '\(name)' reads is not known; export it again where its data set is known, or name a run of "
        + "that network with --like"
    case .unreadableInput(let path, let reason): "input '\(path)' cannot be read: \(reason)"
    case .malformedInput(let path, let fault): "input '\(path)' cannot be used: \(fault)"
    case .wrongInputSize(let path, let found, let expected):
      "input '\(path)' has size \(Self.size(found)), expected \(Self.size(expected)); give --resize to have it scaled"
    case .inputTooLarge(let path, let what): "input '\(path)' is too large: \(what)"
    }
  }

  private static func size(_ extents: [Int]) -> String { extents.map { "\($0)" }.joined(separator: "x") }
}
