/// Why a network cannot be compiled for inference.
package enum InferenceError: Error, Equatable, CustomStringConvertible {
  /// No kernel computes the layer.
  case unsupportedLayer(path: String, what: String)
  /// Sequences are longer than the table of positions.
  case tooManyTokens(Int, positions: Int)

  package var description: String {
    switch self {
    case .unsupportedLayer(let path, let what):
      "layer '\(path)' is \(what), for which inference has no kernel; evaluate the network in the training engine"
    case .tooManyTokens(let length, let positions):
      "sequences of \(length) tokens are longer than the encoder's \(positions) positions; cut them to \(positions)"
    }
  }
}
