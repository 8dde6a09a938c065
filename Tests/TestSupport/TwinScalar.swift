import Glibc

/// Scalar of a twin with the elementary functions, each in its own precision.
package protocol TwinScalar: BinaryFloatingPoint, Sendable {
  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  /// One minus the error function, without cancellation.
  static func complementaryErrorFunction(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
}

extension Float: TwinScalar {
  package static func exponential(_ x: Float) -> Float { expf(x) }
  package static func logarithm(_ x: Float) -> Float { logf(x) }
  package static func complementaryErrorFunction(_ x: Float) -> Float { erfcf(x) }
  package static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
}

extension Double: TwinScalar {
  package static func exponential(_ x: Double) -> Double { exp(x) }
  package static func logarithm(_ x: Double) -> Double { log(x) }
  package static func complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }
  package static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
}
