/// A decimal numeral as its digits and its power of ten.
///
/// Most numbers in journals are converted here, several times as fast as by the C library, which takes the rest.
struct DecimalNumeral {
  /// All digits as one integer, at most 18 of them.
  var digits: UInt64
  var exponent: Int

  /// The double nearest to the numeral; nil where this cannot tell which of two is nearer, and for large powers of ten.
  ///
  /// The quotient (or product) of doubles and its remainder, which fused multiplication gives exactly, hold the value to
  /// 2^-50 of a unit in the last place: only values so near to the middle between two doubles are in doubt.
  var nearestDouble: Double? {
    guard digits > 0 else { return 0 }
    guard digits < 1 << 60, Self.powers.indices.contains(abs(exponent)) else { return nil }
    let power = Self.powers[abs(exponent)]
    let high = Double(digits)
    let low = Double(Int64(digits) - Int64(high))
    let estimate = exponent < 0 ? high / power : high * power
    let correction =
      exponent < 0
      ? (high.addingProduct(-estimate, power) + low) / power : (-estimate).addingProduct(high, power) + low * power
    let nearest = estimate + correction
    let error = (estimate - nearest) + correction
    // Below a power of two, doubles lie twice as close.
    guard nearest.significandBitPattern != 0, abs(error) < 0.499_999 * nearest.ulp else {
      return error == 0 ? nearest : nil
    }
    return nearest
  }

  /// Powers of ten that are doubles exactly.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
