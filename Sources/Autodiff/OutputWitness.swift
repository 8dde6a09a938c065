import Kernels

/// Keeps what chosen layers of a pass give.
package final class OutputWitness: PassWitness {
  /// By the layers' paths.
  package private(set) var outputs: [String: Tensor] = [:]
  private let paths: Set<String>

  package init(of paths: Set<String>) {
    self.paths = paths
  }

  /// The last result at a path is its layer's output; parts of the layer have paths of their own.
  package func look(at value: Tensor, of path: String) {
    if paths.contains(path) { outputs[path] = value }
  }
}
