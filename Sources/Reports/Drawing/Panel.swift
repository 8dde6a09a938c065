/// One plot: a frame, two axes, and the mapping from values to pixels.
struct Panel {
  var frame: Rectangle
  var x: Axis
  var y: Axis
  /// Whether tick labels are drawn below the frame.
  var labelsX = true
  /// Whether tick labels are drawn left of the frame.
  var labelsY = true

  /// Where a pair of values lies; values far outside the frame end a little outside it.
  ///
  /// The drawing library's coordinates are 24-bit integers and wrap around without a word, so that the loss of a
  /// diverging run would be drawn at any height.
  func point(_ xValue: Double, _ yValue: Double) -> Point {
    Point(
      x: frame.left + Self.bounded(x.position(of: xValue)) * frame.width,
      y: frame.bottom - Self.bounded(y.position(of: yValue)) * frame.height
    )
  }

  private static func bounded(_ position: Double) -> Double { min(6, max(-5, position)) }

  /// Grid lines, frame and tick labels.
  func draw(on canvas: Canvas) {
    for tick in x.ticks {
      let place = point(tick.value, y.range.lowerBound)
      canvas.line([place, Point(x: place.x, y: frame.top)], .grid)
      guard labelsX else { continue }
      canvas.line([place, Point(x: place.x, y: place.y + 4)], .frame)
      canvas.text(tick.label, at: Point(x: place.x, y: place.y + 14), .middle, size: 12)
    }
    for tick in y.ticks {
      let place = point(x.range.lowerBound, tick.value)
      canvas.line([place, Point(x: frame.right, y: place.y)], .grid)
      guard labelsY else { continue }
      canvas.line([place, Point(x: place.x - 4, y: place.y)], .frame)
      canvas.text(tick.label, at: Point(x: place.x - 8, y: place.y), .right, size: 12)
    }
    canvas.stroke(frame, .frame)
  }
}
