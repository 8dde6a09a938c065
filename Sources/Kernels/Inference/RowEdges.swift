/// Which pixels of rows that lie one behind the other are the first or the last of their row, in vectors of eight.
final class RowEdges {
  typealias Mask = SIMD8<UInt32>

  /// Pixels after which the masks come again: whole rows and whole vectors.
  let period: Int
  /// For each vector of a period, all bits of the lanes that are not the first of a row, then of those that are not the last.
  private let masks: Storage

  init(width: Int) {
    let lanes = Lanes.scalarCount
    var rows = 1
    while rows * width % lanes != 0 { rows += 1 }
    period = rows * width
    masks = Storage(bytes: 2 * period * MemoryLayout<UInt32>.stride)
    let bits = unsafe masks.block.pointer.assumingMemoryBound(to: UInt32.self)
    for pixel in 0..<period {
      let (vector, lane) = (pixel / lanes, pixel % lanes)
      unsafe bits[2 * vector * lanes + lane] = pixel % width == 0 ? 0 : .max
      unsafe bits[(2 * vector + 1) * lanes + lane] = (pixel + 1) % width == 0 ? 0 : .max
    }
  }

  /// Calls `body` with the first pixel of every vector that the first `count` pixels reach into, and its masks.
  @inline(__always)
  func forEachVector(_ count: Int, _ body: (_ index: Int, _ isNotFirst: Mask, _ isNotLast: Mask) -> Void) {
    let start = UnsafeRawPointer(masks.block.pointer)
    let end = unsafe start + 2 * period * MemoryLayout<UInt32>.stride
    let step = MemoryLayout<Mask>.stride
    var mask = unsafe start
    var index = 0
    while index < count {
      unsafe body(index, mask.load(as: Mask.self), (mask + step).load(as: Mask.self))
      unsafe mask += 2 * step
      if unsafe mask == end { unsafe mask = start }
      index &+= Lanes.scalarCount
    }
  }
}

extension Lanes {
  /// Zero where `mask` has no bits; what it is, not a number as well, where it has all.
  @inline(__always)
  func masked(by mask: RowEdges.Mask) -> Lanes {
    unsafe unsafeBitCast(unsafeBitCast(self, to: RowEdges.Mask.self) & mask, to: Lanes.self)
  }
}
