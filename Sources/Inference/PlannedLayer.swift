import Kernels

/// One step of a plan: what computes it, and why.
package struct PlannedLayer: Sendable {
  /// Path of the layer in the network.
  package let path: String
  package let implementation: Implementation
  /// Why this implementation, with what was measured.
  package let reason: String
  package let output: Shape
  /// Weights, and those of them that are not zero; none in a step without weights.
  package let weights: Int
  package let nonzeros: Int
  /// Multiplications that the step does: of nonzero weights where zeros are skipped.
  package let multiplications: Int

  package enum Implementation: String, Sendable {
    /// Products over planes, zeros skipped.
    case sparseProduct = "sparse"
    /// Products over what windows see, zeros skipped, band after band.
    case sparseConvolution = "sparse bands"
    /// Products over planes.
    case denseProduct = "dense"
    /// oneDNN's convolution, in its layouts.
    case denseConvolution = "oneDNN"
    case depthwise
    case patches
    case maximum = "max-pool"
    case average = "mean"
    case layoutChange = "layout"
    case embedding
    case normalization
    case attention
    case firstPosition = "first position"
    case tokenMean = "mean of tokens"
  }
}

/// How a plan chooses between the implementations of a layer.
package enum KernelChoice: String, Sendable, CaseIterable {
  /// Those that are the fastest together on this machine with these weights, changes of layout included.
  case measured
  /// oneDNN's dense convolutions, whatever the weights: what sparse products are compared with.
  case dense
  /// Sparse products, whatever the weights.
  case sparse
}
