// The matrix products between the transforms: every number of a product's result is a sum over input channels
// (or, for the weight gradient, over tiles) at one of the sixteen positions of a transformed tile.

extension Winograd {
  /// A matrix whose elements are read one by one: element (row, step) lies at base[row * rowStride + step * stepStride].
  @safe struct Factor {
    let base: UnsafeMutablePointer<Float>
    let rowStride: Int
    let stepStride: Int
  }

  /// Columns of a product that are computed at a time, two registers' worth.
  static let panelWidth = 2 * Lanes.scalarCount

  /// result = factor * panel or result += factor * panel, sixteen columns wide.
  ///
  /// - Shapes: `factor` [rows, steps]; `panel` [steps, 16], rows `panelStride` apart; `result` [rows, 16], rows
  ///   `resultStride` apart.
  /// - Precondition: `rows` even and at least 4.
  /// - Cost: 32 rows steps operations, in blocks of six rows (twelve accumulators) and, at the end, of four.
  @inline(__always)
  static func multiply(
    _ factor: Factor, rows: Int, steps: Int, panel: UnsafeMutablePointer<Float>, panelStride: Int,
    into result: UnsafeMutablePointer<Float>, resultStride: Int, isAdding: Bool
  ) {
    var row = 0
    while row < rows {
      let block = unsafe Factor(
        base: factor.base + row * factor.rowStride, rowStride: factor.rowStride, stepStride: factor.stepStride)
      let target = unsafe result + row * resultStride
      // What is left as fours when sixes would leave two.
      let isSix = rows - row >= 6 && rows - row != 8
      if isSix {
        unsafe multiplySix(block, steps, panel, panelStride, target, resultStride, isAdding)
      } else {
        unsafe multiplyFour(block, steps, panel, panelStride, target, resultStride, isAdding)
      }
      row += isSix ? 6 : 4
    }
  }

  @inline(never)
  private static func multiplySix(
    _ factor: Factor, _ steps: Int, _ panel: UnsafeMutablePointer<Float>, _ panelStride: Int,
    _ result: UnsafeMutablePointer<Float>, _ resultStride: Int, _ isAdding: Bool
  ) {
    var (a, b) = unsafe (factor.base, panel)
    let row = factor.rowStride
    var (c00, c01, c10, c11, c20, c21) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    var (c30, c31, c40, c41, c50, c51) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for _ in 0..<steps {
      let b0 = unsafe load(b, 0)
      let b1 = unsafe load(b, 8)
      let a0 = unsafe Lanes(repeating: a[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = unsafe Lanes(repeating: a[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = unsafe Lanes(repeating: a[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = unsafe Lanes(repeating: a[3 * row])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = unsafe Lanes(repeating: a[4 * row])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = unsafe Lanes(repeating: a[5 * row])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      unsafe a += factor.stepStride
      unsafe b += panelStride
    }
    unsafe put(c00, c01, result, isAdding)
    unsafe put(c10, c11, result + resultStride, isAdding)
    unsafe put(c20, c21, result + 2 * resultStride, isAdding)
    unsafe put(c30, c31, result + 3 * resultStride, isAdding)
    unsafe put(c40, c41, result + 4 * resultStride, isAdding)
    unsafe put(c50, c51, result + 5 * resultStride, isAdding)
  }

  @inline(never)
  private static func multiplyFour(
    _ factor: Factor, _ steps: Int, _ panel: UnsafeMutablePointer<Float>, _ panelStride: Int,
    _ result: UnsafeMutablePointer<Float>, _ resultStride: Int, _ isAdding: Bool
  ) {
    var (a, b) = unsafe (factor.base, panel)
    let row = factor.rowStride
    var (c00, c01, c10, c11) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    var (c20, c21, c30, c31) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for _ in 0..<steps {
      let b0 = unsafe load(b, 0)
      let b1 = unsafe load(b, 8)
      let a0 = unsafe Lanes(repeating: a[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = unsafe Lanes(repeating: a[row])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = unsafe Lanes(repeating: a[2 * row])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = unsafe Lanes(repeating: a[3 * row])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      unsafe a += factor.stepStride
      unsafe b += panelStride
    }
    unsafe put(c00, c01, result, isAdding)
    unsafe put(c10, c11, result + resultStride, isAdding)
    unsafe put(c20, c21, result + 2 * resultStride, isAdding)
    unsafe put(c30, c31, result + 3 * resultStride, isAdding)
  }

  @inline(__always)
  private static func put(_ left: Lanes, _ right: Lanes, _ result: UnsafeMutablePointer<Float>, _ isAdding: Bool) {
    if isAdding {
      unsafe store(load(result, 0) + left, result, 0)
      unsafe store(load(result, 8) + right, result, 8)
    } else {
      unsafe store(left, result, 0)
      unsafe store(right, result, 8)
    }
  }
}
