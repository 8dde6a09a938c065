/// The engine's numerical behaviour as one number.
package enum Numerics {
  /// Raised by hand with every change that alters the bits of a trained network; part of every run's identity.
  package static let version = 2
}
