/// Colours of shares from 0 to 1, from light to dark in steps that look equally large, for eyes that see fewer colours too.
///
/// - Source: Smith, van der Walt, Firing, "viridis", 2015 (matplotlib), turned round, at nine places.
enum SparsityScale {
  private static let stops: [UInt32] = [
    0xFDE725, 0xADDC30, 0x5EC962, 0x28AE80, 0x21918C, 0x2C728E, 0x3B528B, 0x472D7B, 0x440154,
  ]

  /// The colour of `share`, of the nearest end outside of 0...1.
  static func colour(_ share: Double) -> Colour {
    let place = min(1, max(0, share)) * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    let (start, end) = (Colour(stops[index]), Colour(stops[index + 1]))
    let part = place - Double(index)
    var colour = start
    colour.red = start.red * (1 - part) + end.red * part
    colour.green = start.green * (1 - part) + end.green * part
    colour.blue = start.blue * (1 - part) + end.blue * part
    return colour
  }

  /// A bar of all colours in `frame` with its percentages below.
  static func drawBar(in frame: Rectangle, on canvas: Canvas) {
    let pixels = Int(frame.width)
    for pixel in 0..<pixels {
      let share = (Double(pixel) + 0.5) / Double(pixels)
      let slice = Rectangle(left: frame.left + Double(pixel), top: frame.top, width: 1, height: frame.height)
      canvas.fill(slice, colour(share))
    }
    canvas.stroke(frame, .frame)
    for percent in [0, 25, 50, 75, 100] {
      let x = frame.left + frame.width * Double(percent) / 100
      canvas.line([Point(x: x, y: frame.bottom), Point(x: x, y: frame.bottom + 4)], .frame)
      canvas.text("\(percent)", at: Point(x: x, y: frame.bottom + 12), .middle, size: 10, colour: .quiet)
    }
  }
}
