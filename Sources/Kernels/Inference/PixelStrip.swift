/// Sums of neighbouring pixels that a kernel keeps in registers.
///
/// A type a width, built from eight lanes by `Pair`: passed as a number, the width would be tested inside the loop.
protocol PixelStrip {
  /// Vectors of eight lanes.
  static var width: Int { get }

  init(repeating value: Float)
  init(_ pixels: UnsafeMutablePointer<Float>)

  /// Adds the pixels at `pixels` times `factor`.
  mutating func add(_ pixels: UnsafeMutablePointer<Float>, times factor: Lanes)
  mutating func add(_ pixels: UnsafeMutablePointer<Float>)
  /// Brings every sum into `bounds`; not a number stays what it is.
  mutating func clamp(to bounds: ActivationBounds)
  func store(_ pixels: UnsafeMutablePointer<Float>)
}

extension PixelStrip {
  /// Pixels.
  static var count: Int { width * Lanes.scalarCount }
}

extension Lanes: PixelStrip {
  static var width: Int { 1 }

  @inline(__always)
  init(_ pixels: UnsafeMutablePointer<Float>) { self = unsafe load(pixels, 0) }

  @inline(__always)
  mutating func add(_ pixels: UnsafeMutablePointer<Float>, times factor: Lanes) {
    unsafe addProduct(load(pixels, 0), factor)
  }

  @inline(__always)
  mutating func add(_ pixels: UnsafeMutablePointer<Float>) { unsafe self += load(pixels, 0) }

  @inline(__always)
  mutating func clamp(to bounds: ActivationBounds) { self = bounds.clamp(self) }

  @inline(__always)
  func store(_ pixels: UnsafeMutablePointer<Float>) { unsafe Kernels.store(self, pixels, 0) }
}

/// A strip and the one to its right.
struct Pair<First: PixelStrip, Second: PixelStrip>: PixelStrip {
  private var first: First
  private var second: Second

  static var width: Int { First.width + Second.width }

  @inline(__always)
  init(repeating value: Float) {
    first = First(repeating: value)
    second = Second(repeating: value)
  }

  @inline(__always)
  init(_ pixels: UnsafeMutablePointer<Float>) {
    first = unsafe First(pixels)
    second = unsafe Second(pixels + First.count)
  }

  @inline(__always)
  mutating func add(_ pixels: UnsafeMutablePointer<Float>, times factor: Lanes) {
    unsafe first.add(pixels, times: factor)
    unsafe second.add(pixels + First.count, times: factor)
  }

  @inline(__always)
  mutating func add(_ pixels: UnsafeMutablePointer<Float>) {
    unsafe first.add(pixels)
    unsafe second.add(pixels + First.count)
  }

  @inline(__always)
  mutating func clamp(to bounds: ActivationBounds) {
    first.clamp(to: bounds)
    second.clamp(to: bounds)
  }

  @inline(__always)
  func store(_ pixels: UnsafeMutablePointer<Float>) {
    unsafe first.store(pixels)
    unsafe second.store(pixels + First.count)
  }
}

typealias Strip2 = Pair<Lanes, Lanes>
typealias Strip3 = Pair<Strip2, Lanes>
typealias Strip4 = Pair<Strip2, Strip2>
typealias Strip5 = Pair<Strip4, Lanes>
typealias Strip6 = Pair<Strip4, Strip2>
typealias Strip7 = Pair<Strip4, Strip3>
typealias Strip8 = Pair<Strip4, Strip4>
