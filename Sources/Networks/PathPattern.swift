/// Pattern of parameter paths, in which `*` stands for any characters, dots included: `layer4.*`.
package struct PathPattern: Equatable, Sendable {
  private let text: String

  package init(_ text: String) {
    self.text = text
  }

  /// Whether `path` is the pieces of the pattern between stars, in order, with anything where stars are.
  package func fits(_ path: String) -> Bool {
    var pieces = text.split(separator: "*", omittingEmptySubsequences: false)[...]
    guard let first = pieces.popFirst(), path.hasPrefix(first) else { return false }
    guard let last = pieces.popLast() else { return path == first }
    var rest = path.dropFirst(first.count)
    for piece in pieces where !piece.isEmpty {
      // The earliest place leaves the most for the pieces behind it.
      guard let place = rest.firstRange(of: piece) else { return false }
      rest = rest[place.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
