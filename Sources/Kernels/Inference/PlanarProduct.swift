/// A frozen layer that multiplies every pixel's channels by a matrix.
///
/// output[n, o, p] = activation(bias[o] + sum over c of weight[o, c] * input[n, c, p] + residual[n, o, p])
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, H, W].
package protocol PlanarProduct {
  var inputShape: Shape { get }
  var outputShape: Shape { get }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  func run(_ input: ImagePlanes, residual: ImagePlanes?, into output: ImagePlanes)
}

extension SparseProduct: PlanarProduct {}
extension PackedProduct: PlanarProduct {}
