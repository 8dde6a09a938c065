/// Extents of a tensor's axes, outermost first.
package struct Shape: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package let extents: [Int]

  /// - Precondition: no extent is negative.
  package init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "shape \(extents): an extent is negative")
    self.extents = extents
  }

  package init(arrayLiteral extents: Int...) {
    self.init(extents)
  }

  /// Number of axes.
  package var rank: Int { extents.count }

  /// Number of elements; 1 for a scalar.
  package var count: Int { extents.reduce(1, *) }

  package subscript(axis: Int) -> Int { extents[axis] }

  package var description: String { "[\(extents.map(String.init).joined(separator: ", "))]" }
}
