/// Kinds of archives that a Python package index hands out.
package enum DistributionKind: String, Sendable {
  case source = "source distribution"
  case wheel

  /// Option of pip that admits this kind alone.
  var pipOption: String {
    switch self {
    case .source: "--no-binary"
    case .wheel: "--only-binary"
    }
  }
}
