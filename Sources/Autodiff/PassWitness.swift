import Kernels

/// Sees every result of a pass.
package protocol PassWitness: AnyObject {
  /// `path` is that of the layer whose operation gave `value`.
  func look(at value: Tensor, of path: String)
}
