import Autodiff

/// A weight that a pruning session may act on.
package struct PrunableWeight {
  /// Dotted parameter path, such as `features.3.1.weight`.
  package let path: String
  package let parameter: Parameter

  package init(path: String, parameter: Parameter) {
    self.path = path
    self.parameter = parameter
  }
}
