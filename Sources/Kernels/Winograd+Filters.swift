extension Winograd {
  /// G g G^T of every filter g, in the order in which the products read it.
  ///
  /// - Shapes: panels of 16 outputs [16 positions, ceil(outputs / 16), sums, 16]; lanes past the last output are zero.
  @safe struct TransformedFilters {
    let outputs: Int
    /// Channels that are summed over.
    let sums: Int
    let panels: Int
    private let stride: Int
    private let storage: Storage
    private let base: UnsafeMutablePointer<Float>

    var paddedOutputs: Int { panels * Winograd.panelWidth }

    /// Numbers from output o and summed channel s on lie at `weight`[o * outputStride + s * sumStride].
    init(
      _ weight: Storage, outputs: Int, sums: Int, outputStride: Int, sumStride: Int, isRotated: Bool
    ) {
      let panels = (outputs + Winograd.panelWidth - 1) / Winograd.panelWidth
      let stride = panels * sums * Winograd.panelWidth + 64
      self.outputs = outputs
      self.sums = sums
      self.panels = panels
      self.stride = stride
      storage = Storage(bytes: 16 * stride * MemoryLayout<Float>.stride)
      unsafe base = storage.floats
      // Sound without isolation: each chunk writes its own columns, and the storages outlive the call.
      nonisolated(unsafe) let (w, u) = unsafe (weight.floats, storage.floats)
      parallel(panels * sums, grain: 256) { range in
        for index in range {
          let (panel, sum) = (index / sums, index % sums)
          for half in 0..<2 {
            let output = panel * Winograd.panelWidth + half * Lanes.scalarCount
            let target = unsafe u + index * Winograd.panelWidth + half * Lanes.scalarCount
            if output < outputs {
              let source = unsafe w + output * outputStride + sum * sumStride
              unsafe Winograd.transformFilters(source, outputStride, isRotated, target, stride)
            } else {
              for position in 0..<16 { unsafe store(.zero, target, position * stride) }
            }
          }
        }
      }
    }

    /// Numbers of sixteen outputs at one position, [sums, 16].
    @inline(__always)
    func panel(_ index: Int, _ position: Int) -> UnsafeMutablePointer<Float> {
      unsafe base + position * stride + index * sums * Winograd.panelWidth
    }
  }

  /// G g G^T of eight filters that lie `filterStride` apart.
  @inline(__always)
  private static func transformFilters(
    _ source: UnsafeMutablePointer<Float>, _ filterStride: Int, _ isRotated: Bool,
    _ target: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    // The first tap and the way to the next.
    let (first, step) = isRotated ? (8, -1) : (0, 1)
    for column in 0..<4 {
      // Rows of g times column `column` of G^T.
      let a = unsafe row(source + first, step, filterStride, column)
      let b = unsafe row(source + first + 3 * step, step, filterStride, column)
      let c = unsafe row(source + first + 6 * step, step, filterStride, column)
      let outer = (a + c) * 0.5
      let inner = b * 0.5
      unsafe store(a, target, column * stride)
      unsafe store(outer + inner, target, (4 + column) * stride)
      unsafe store(outer - inner, target, (8 + column) * stride)
      unsafe store(c, target, (12 + column) * stride)
    }
  }

  /// Three taps of eight filters times one column of G^T: the outer ones as they are, half of their sum and difference
  /// between.
  @inline(__always)
  private static func row(
    _ source: UnsafeMutablePointer<Float>, _ step: Int, _ filterStride: Int, _ column: Int
  ) -> Lanes {
    if column == 0 { return unsafe gather(source, filterStride) }
    if column == 3 { return unsafe gather(source + 2 * step, filterStride) }
    let outer = unsafe gather(source, filterStride) + gather(source + 2 * step, filterStride)
    let inner = unsafe gather(source + step, filterStride)
    return (column == 1 ? outer + inner : outer - inner) * 0.5
  }

  /// Eight numbers that lie `stride` apart.
  @inline(__always)
  static func gather(_ base: UnsafeMutablePointer<Float>, _ stride: Int) -> Lanes {
    unsafe Lanes(
      base[0], base[stride], base[2 * stride], base[3 * stride], base[4 * stride], base[5 * stride], base[6 * stride],
      base[7 * stride])
  }
}
