/// Elementary functions in eight lanes, single precision.
///
/// Not a number goes through all of them. Comparisons are strict and replacements scalar: each is one instruction, while
/// `clamped`, `pointwiseMax` and comparisons that include equality become loops over lanes.
enum VectorMath {
  /// e^x within 2 units in the last place; 0 below -87, about 1.65e38 above 88.
  ///
  /// - Source: Cody and Waite's reduction by multiples of ln 2 in two parts, then the Taylor polynomial of degree 7
  ///   on half of that interval either side of 0.
  /// - Note: inlined for certain: with the hint alone it stays a call wherever two places use it.
  @inline(always)
  static func exponential(_ x: Lanes) -> Lanes {
    var clamped = x.replacing(with: 88, where: x .> 88)
    clamped = clamped.replacing(with: -87, where: clamped .< -87)
    // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
    let shifted = clamped * 1.442_695_04 + 12_582_912
    let power = shifted - 12_582_912
    let rest = (clamped - power * 0.693_359_375) + power * 2.121_944_4e-4
    var sum = Lanes(repeating: 1 / 5040)
    sum = Lanes(repeating: 1 / 720).addingProduct(sum, rest)
    sum = Lanes(repeating: 1 / 120).addingProduct(sum, rest)
    sum = Lanes(repeating: 1 / 24).addingProduct(sum, rest)
    sum = Lanes(repeating: 1 / 6).addingProduct(sum, rest)
    sum = Lanes(repeating: 0.5).addingProduct(sum, rest)
    sum = Lanes(repeating: 1).addingProduct(sum, rest)
    sum = Lanes(repeating: 1).addingProduct(sum, rest)
    let exponentBits = unsafe unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
    let bits = unsafe unsafeBitCast(sum, to: SIMD8<UInt32>.self) &+ exponentBits
    let result = unsafe unsafeBitCast(bits, to: Lanes.self)
    return result.replacing(with: 0, where: x .< -87)
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  static func sigmoid(_ x: Lanes) -> Lanes { 1 / (1 + exponential(-x)) }

  /// The error function, within 2e-7.
  ///
  /// - Source: the rational function in x^2 of degrees 6 and 4 that Eigen and XLA use on -4...4, where single precision
  ///   ends.
  @inline(__always)
  static func errorFunction(_ x: Lanes) -> Lanes {
    var clamped = x.replacing(with: 4, where: x .> 4)
    clamped = clamped.replacing(with: -4, where: clamped .< -4)
    let square = clamped * clamped
    var numerator = Lanes(repeating: -2.726_142_258e-10)
    numerator = Lanes(repeating: 2.770_681_425e-8).addingProduct(numerator, square)
    numerator = Lanes(repeating: -2.101_024_021e-6).addingProduct(numerator, square)
    numerator = Lanes(repeating: -5.692_506_395e-5).addingProduct(numerator, square)
    numerator = Lanes(repeating: -7.349_906_303e-4).addingProduct(numerator, square)
    numerator = Lanes(repeating: -2.954_599_809e-3).addingProduct(numerator, square)
    numerator = Lanes(repeating: -1.609_603_333e-2).addingProduct(numerator, square)
    var denominator = Lanes(repeating: -1.456_607_185e-5)
    denominator = Lanes(repeating: -2.133_740_553e-4).addingProduct(denominator, square)
    denominator = Lanes(repeating: -1.682_826_974e-3).addingProduct(denominator, square)
    denominator = Lanes(repeating: -7.373_329_167e-3).addingProduct(denominator, square)
    denominator = Lanes(repeating: -1.426_473_905e-2).addingProduct(denominator, square)
    return clamped * numerator / denominator
  }

  /// The hyperbolic tangent, within 3e-7.
  ///
  /// - Source: the rational function of degrees 13 and 6 that Eigen uses on -7.9...7.9, where single precision ends.
  @inline(__always)
  static func hyperbolicTangent(_ x: Lanes) -> Lanes {
    var clamped = x.replacing(with: 7.905_311_1, where: x .> 7.905_311_1)
    clamped = clamped.replacing(with: -7.905_311_1, where: clamped .< -7.905_311_1)
    let square = clamped * clamped
    var numerator = Lanes(repeating: -2.760_768_477e-16)
    numerator = Lanes(repeating: 2.000_187_905e-13).addingProduct(numerator, square)
    numerator = Lanes(repeating: -8.604_671_522e-11).addingProduct(numerator, square)
    numerator = Lanes(repeating: 5.122_297_090e-8).addingProduct(numerator, square)
    numerator = Lanes(repeating: 1.485_722_357e-5).addingProduct(numerator, square)
    numerator = Lanes(repeating: 6.372_619_289e-4).addingProduct(numerator, square)
    numerator = Lanes(repeating: 4.893_524_559e-3).addingProduct(numerator, square)
    var denominator = Lanes(repeating: 1.198_258_395e-6)
    denominator = Lanes(repeating: 1.185_347_057e-4).addingProduct(denominator, square)
    denominator = Lanes(repeating: 2.268_434_632e-3).addingProduct(denominator, square)
    denominator = Lanes(repeating: 4.893_525_186e-3).addingProduct(denominator, square)
    let tangent = clamped * numerator / denominator
    // Exactly 1 from there on: a slope that multiplies the rest by a power of x would show it.
    return tangent.replacing(with: 1, where: x .> 7.905_311_1).replacing(with: -1, where: x .< -7.905_311_1)
  }
}
