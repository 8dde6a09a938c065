extension PlaneActivation {
  /// Whether the activation is a function that no interval expresses.
  var isSmooth: Bool {
    switch self {
    case .identity, .relu, .relu6: false
    case .gelu, .tanh: true
    }
  }

  /// Applies a smooth activation to what a kernel has just written, while it is in the cache; no other.
  func apply(to planes: ImagePlanes, image: Int, rows: Range<Int>, vectors: Range<Int>) {
    switch self {
    case .identity, .relu, .relu6: break
    case .gelu: Self.apply(GELU.self, planes, image, rows, vectors)
    case .tanh: Self.apply(HyperbolicTangent.self, planes, image, rows, vectors)
    }
  }

  private static func apply<Operation: LaneOperation>(
    _: Operation.Type, _ planes: ImagePlanes, _ image: Int, _ rows: Range<Int>, _ vectors: Range<Int>
  ) {
    for row in rows {
      let values = unsafe planes.plane(image, row)
      for vector in vectors {
        let lanes = unsafe load(values, vector * Lanes.scalarCount)
        unsafe store(Operation.apply(lanes, lanes), values, vector * Lanes.scalarCount)
      }
    }
  }
}
