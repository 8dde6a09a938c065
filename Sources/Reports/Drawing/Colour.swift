/// Colour with opacity, components 0...1.
struct Colour: Hashable, Sendable {
  var red: Double
  var green: Double
  var blue: Double
  var opacity = 1.0

  /// Colour from three bytes, such as 0xD55E00.
  init(_ code: UInt32) {
    red = Double(code >> 16 & 0xFF) / 255
    green = Double(code >> 8 & 0xFF) / 255
    blue = Double(code & 0xFF) / 255
  }

  func faded(to opacity: Double) -> Colour {
    var colour = self
    colour.opacity = opacity
    return colour
  }

  static let ink = Colour(0x222222)
  static let quiet = Colour(0x666666)
  static let grid = Colour(0xE4E4E4)
  static let frame = Colour(0x999999)
  static let paper = Colour(0xFFFFFF)
}
