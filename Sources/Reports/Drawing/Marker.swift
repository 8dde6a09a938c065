/// Shape of a data point.
enum Marker: Int, CaseIterable, Sendable {
  case circle
  case square
  case triangle
  case diamond
  case invertedTriangle
  case pentagon
  case cross

  /// Corners around the origin for a marker of half-width 1; empty for a circle.
  var corners: [Point] {
    switch self {
    case .circle: []
    case .square: [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)].map(Point.init)
    case .triangle: [(0, -1.15), (1.05, 0.8), (-1.05, 0.8)].map(Point.init)
    case .diamond: [(0, -1.25), (1.1, 0), (0, 1.25), (-1.1, 0)].map(Point.init)
    case .invertedTriangle: [(0, 1.15), (1.05, -0.8), (-1.05, -0.8)].map(Point.init)
    case .pentagon: [(0, -1.1), (1.05, -0.34), (0.65, 0.89), (-0.65, 0.89), (-1.05, -0.34)].map(Point.init)
    case .cross:
      [
        (-1.1, -0.5), (-0.5, -1.1), (0, -0.6), (0.5, -1.1), (1.1, -0.5), (0.6, 0), (1.1, 0.5), (0.5, 1.1), (0, 0.6),
        (-0.5, 1.1), (-1.1, 0.5), (-0.6, 0),
      ].map(Point.init)
    }
  }
}
