import Autodiff
import Kernels

/// What a pruning method may find out about a network and its training data beyond the weights.
///
/// Every look leaves the network as it was, running statistics included.
package protocol NetworkProbe {
  /// Gradients of the mean loss by parameter path, with the stored weights.
  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor]

  /// Gradients of the sum of outputs for one input of ones, every weight replaced by its magnitude, up to a common
  /// positive factor.
  func magnitudeFlow() throws -> [String: Tensor]

  /// Activations behind each group of channels, after normalisation and rectifier: [N, channels, height, width].
  func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor]
}

/// How a loss is looked at.
package struct ProbeSettings: Equatable, Sendable {
  /// Training examples, the first of the data's order in the first epoch.
  package var examples: Int
  /// Whether normalisations use the batch's statistics or the running ones.
  package var mode: Pass.Mode
  /// What scores are divided by before the loss.
  package var logitTemperature: Double
  /// Which half of the examples alone is used; nil for all.
  package var half: Int?

  package init(examples: Int, mode: Pass.Mode, logitTemperature: Double = 1, half: Int? = nil) {
    self.examples = examples
    self.mode = mode
    self.logitTemperature = logitTemperature
    self.half = half
  }
}
