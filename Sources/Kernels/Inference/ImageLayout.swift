import COneDNN

/// Shape of activations of a frozen network and how they lie in memory: in planes, or as oneDNN's kernels want them,
/// which is in blocks of channels as a rule.
package struct ImageLayout: Hashable, Sendable {
  /// [N, C, H, W].
  package let shape: Shape
  let layout: Layout

  init(_ shape: Shape, _ layout: Layout) {
    self.shape = shape
    self.layout = layout
  }

  /// Planes of pixels, each rounded up to whole vectors.
  ///
  /// - Precondition: `shape` has rank 4.
  package static func planes(_ shape: Shape) -> ImageLayout {
    precondition(shape.rank == 4, "planes of shape \(shape): expected [N, C, H, W]")
    let pitch = pitch(shape)
    return ImageLayout(
      shape, .strided(shape.extents, strides: [shape[1] * pitch, pitch, shape[3], 1]))
  }

  package var isPlanes: Bool { self == .planes(shape) }

  /// Numbers in memory, a multiple of 8.
  package var count: Int {
    let lanes = Lanes.scalarCount
    let stored = (layout.bytes / MemoryLayout<Float>.stride + lanes - 1) / lanes * lanes
    return max(stored, isPlanes ? shape[0] * shape[1] * Self.pitch(shape) : 0)
  }

  /// This memory seen as images of one pixel each, where `self` is planes of one row of pixels.
  ///
  /// - Shapes: `self` [1, C, 1, N]; result [N, C, 1, 1].
  var asImages: Layout {
    let shape: Shape = [self.shape[3], self.shape[1], 1, 1]
    return .strided(shape.extents, strides: [1, Self.pitch(self.shape), 1, 1])
  }

  package static func == (first: ImageLayout, second: ImageLayout) -> Bool {
    first.layout === second.layout && first.shape == second.shape
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(ObjectIdentifier(layout))
  }

  static func pitch(_ shape: Shape) -> Int {
    (shape[2] * shape[3] + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
  }
}

extension Layout {
  /// Single-precision numbers at `strides` along the axes.
  static func strided(_ extents: [Int], strides: [Int]) -> Layout {
    var descriptor = dnnl_memory_desc_t()
    let (dimensions, steps) = (extents.map { dnnl_dim_t($0) }, strides.map { dnnl_dim_t($0) })
    unsafe check(
      dnnl_memory_desc_init_by_strides(&descriptor, Int32(extents.count), dimensions, dnnl_f32, steps),
      "dnnl_memory_desc_init_by_strides")
    return interned(descriptor)
  }
}
