extension Winograd {
  /// Gradient at the weight: G^T [sum over tiles of (B^T d B) * (A dY A^T)] G.
  ///
  /// - Shapes: `gradient` as the weight.
  func weightGradient(_ upstream: Storage, input: Storage, into gradient: Storage) {
    check(input, gradient, upstream)
    let panels = (outputs + Winograd.panelWidth - 1) / Winograd.panelWidth
    let paddedOutputs = panels * Winograd.panelWidth
    let grid = TileGrid(images: images, height: height, width: width)
    let plan = SumPlan(grid, numbers: 16 * channels * paddedOutputs)
    let sums = TransformedSums(plan: plan, channels: channels, width: paddedOutputs)
    // Sound without isolation: each item writes its own sums, and the storages outlive the call.
    nonisolated(unsafe) let (x, g) = unsafe (input.floats, upstream.floats)
    parallel(plan.items, grain: 1) { items in
      for item in items {
        let rows = plan.rows(item)
        let verticals = plan.verticals(item)
        let tiles = plan.rowsOfBlock * grid.columns
        let inputRows = PixelRows(grid, channels: channels)
        let upstreamRows = PixelRows(grid, channels: outputs)
        // One cache line more than a row, so that a column's elements do not compete for the same cache lines.
        let patch = Planes(count: 4, rows: tiles, width: channels + Winograd.panelWidth)
        let spread = Planes(count: 4, rows: tiles, width: paddedOutputs + Winograd.panelWidth)
        spread.clear(from: 0)
        sums.clear(item)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: plan.rowsOfBlock) {
          let block = start..<min(start + plan.rowsOfBlock, rows.upperBound)
          for vertical in verticals {
            unsafe inputRows.transformInput(x, block, vertical, into: patch)
            unsafe upstreamRows.transformUpstream(g, block, vertical, into: spread)
            for horizontal in 0..<4 {
              let factor = unsafe Factor(base: patch.plane(horizontal), rowStride: 1, stepStride: patch.width)
              let sum = unsafe sums.plane(item, 4 * vertical + horizontal)
              for panel in 0..<panels {
                unsafe Winograd.multiply(
                  factor, rows: channels, steps: block.count * grid.columns,
                  panel: spread.plane(horizontal) + panel * Winograd.panelWidth, panelStride: spread.width,
                  into: sum + panel * Winograd.panelWidth, resultStride: paddedOutputs, isAdding: true)
              }
            }
          }
        }
      }
    }
    sums.transform(outputs: outputs, into: gradient)
  }

  /// How the sum over tiles is cut: chunks of rows of tiles with a sum each, and, where sums are large, into the four
  /// rows of transformed tiles, which need no sums of their own.
  struct SumPlan {
    let chunks: Int
    let rowsOfChunk: Int
    let rowsOfBlock: Int
    private let rows: Int
    private let verticalsOfItem: Int

    /// Numbers of all chunks' sums together.
    private static let budget = 1 << 20

    init(_ grid: TileGrid, numbers: Int) {
      let wanted = max(1, min(8, SumPlan.budget / numbers, grid.rows))
      rows = grid.rows
      rowsOfChunk = max(1, (rows + wanted - 1) / wanted)
      chunks = max(1, (rows + rowsOfChunk - 1) / rowsOfChunk)
      verticalsOfItem = wanted < 8 ? 1 : 4
      rowsOfBlock = max(1, 64 / grid.columns)
    }

    var items: Int { chunks * 4 / verticalsOfItem }

    func chunk(_ item: Int) -> Int { item * verticalsOfItem / 4 }

    func rows(_ item: Int) -> Range<Int> {
      let start = chunk(item) * rowsOfChunk
      return start..<min(start + rowsOfChunk, rows)
    }

    func verticals(_ item: Int) -> Range<Int> {
      let start = item * verticalsOfItem % 4
      return start..<start + verticalsOfItem
    }
  }

  /// Sums over tiles, [16 positions, C, K] for each chunk.
  @safe struct TransformedSums {
    let plan: SumPlan
    let channels: Int
    /// K, filled up to whole panels.
    let width: Int
    private let size: Int
    private let storage: Storage
    private let base: UnsafeMutablePointer<Float>

    init(plan: SumPlan, channels: Int, width: Int) {
      self.plan = plan
      self.channels = channels
      self.width = width
      size = channels * width
      storage = Storage(bytes: plan.chunks * 16 * size * MemoryLayout<Float>.stride)
      unsafe base = storage.floats
    }

    @inline(__always)
    func plane(_ item: Int, _ position: Int) -> UnsafeMutablePointer<Float> {
      unsafe base + (plan.chunk(item) * 16 + position) * size
    }

    func clear(_ item: Int) {
      let positions = 4 * plan.verticals(item).count
      unsafe plane(item, 4 * plan.verticals(item).lowerBound).update(repeating: 0, count: positions * size)
    }

    /// gradient = G^T S G for the sum S of all chunks, added in their order.
    ///
    /// - Shapes: `gradient` [outputs, channels, 3, 3].
    func transform(outputs: Int, into gradient: Storage) {
      // Sound without isolation: each channel writes its own filters, and the storages outlive the call.
      nonisolated(unsafe) let (sums, target) = unsafe (base, gradient.floats)
      parallel(channels, grain: max(1, 256 / outputs)) { range in
        for channel in range {
          for output in stride(from: 0, to: outputs, by: Lanes.scalarCount) {
            unsafe transformFilters(
              sums + channel * width + output, target + (output * channels + channel) * 9)
          }
        }
      }
    }

    /// Eight filters of one input channel; those of neighbouring outputs lie 9 * channels apart.
    @inline(__always)
    private func transformFilters(_ sums: UnsafeMutablePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
      let a = unsafe transformRow(sums, 0)
      let b = unsafe transformRow(sums, 1)
      let c = unsafe transformRow(sums, 2)
      let d = unsafe transformRow(sums, 3)
      let inner = (b.0 + c.0, b.1 + c.1, b.2 + c.2)
      unsafe scatter(a.0 + inner.0 * 0.5, target)
      unsafe scatter(a.1 + inner.1 * 0.5, target + 1)
      unsafe scatter(a.2 + inner.2 * 0.5, target + 2)
      unsafe scatter((b.0 - c.0) * 0.5, target + 3)
      unsafe scatter((b.1 - c.1) * 0.5, target + 4)
      unsafe scatter((b.2 - c.2) * 0.5, target + 5)
      unsafe scatter(inner.0 * 0.5 + d.0, target + 6)
      unsafe scatter(inner.1 * 0.5 + d.1, target + 7)
      unsafe scatter(inner.2 * 0.5 + d.2, target + 8)
    }

    /// Row `vertical` of S times G.
    @inline(__always)
    private func transformRow(_ sums: UnsafeMutablePointer<Float>, _ vertical: Int) -> (Lanes, Lanes, Lanes) {
      let s0 = unsafe total(sums, 4 * vertical)
      let s1 = unsafe total(sums, 4 * vertical + 1)
      let s2 = unsafe total(sums, 4 * vertical + 2)
      let s3 = unsafe total(sums, 4 * vertical + 3)
      return (s0 + (s1 + s2) * 0.5, (s1 - s2) * 0.5, (s1 + s2) * 0.5 + s3)
    }

    /// Sum of all chunks at one position.
    @inline(__always)
    private func total(_ sums: UnsafeMutablePointer<Float>, _ position: Int) -> Lanes {
      var sum = unsafe load(sums, position * size)
      for chunk in 1..<max(1, plan.chunks) { unsafe sum += load(sums, (chunk * 16 + position) * size) }
      return sum
    }

    @inline(__always)
    private func scatter(_ lanes: Lanes, _ target: UnsafeMutablePointer<Float>) {
      for lane in 0..<Lanes.scalarCount { unsafe target[lane * 9 * channels] = lanes[lane] }
    }
  }
}
