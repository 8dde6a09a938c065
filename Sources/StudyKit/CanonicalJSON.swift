/// JSON text that is the same for equal values: keys sorted by their bytes, no white space, and every value's type to be
/// seen from its text.
///
/// A number with a point or an exponent is a floating-point number in the shortest form that reads back as the same
/// bits, a number without is an integer. Keys whose optional value is nil are left out.
package enum CanonicalJSON {
  /// What becomes of a number that JSON has no word for.
  package enum NonFinite: Sendable {
    /// Written as the texts `nan`, `inf` and `-inf`, so that the reader can say what is wrong.
    case spelled
    /// An `EncodingError.invalidValue` that holds the path.
    case refused
  }

  /// The text of `value`.
  ///
  /// - Throws: `EncodingError` for a number that is not finite, if `nonFinite` is `.refused`.
  package static func text(of value: some Encodable, nonFinite: NonFinite) throws -> String {
    let root = CanonicalNode()
    try value.encode(to: CanonicalEncoder(node: root, codingPath: [], nonFinite: nonFinite))
    var text = ""
    root.write(to: &text)
    return text
  }
}
