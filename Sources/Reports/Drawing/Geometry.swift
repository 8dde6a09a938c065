/// Place on a canvas in pixels, from the upper left corner.
struct Point: Equatable, Sendable {
  var x: Double
  var y: Double
}

/// Rectangle on a canvas in pixels.
struct Rectangle: Equatable, Sendable {
  var left: Double
  var top: Double
  var width: Double
  var height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }
}
