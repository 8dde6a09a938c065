/// A matrix's nonzero elements, each with the place of the plane that it multiplies.
///
/// Block of columns after block of columns, and row after row in each: what all rows read of a block's planes stays in the
/// first cache. Offsets are multiplied by the distance of the planes once here, and not at every use.
final class SparseRows {
  struct Entry {
    /// From the first plane's pixel to that of the column's plane, in numbers.
    let offset: Int32
    let value: Float
  }

  let rows: Int
  let columns: Int
  let nonzeros: Int
  /// Of columns, about equally wide.
  let blocks: Int
  private let entryStorage: Storage
  private let startStorage: Storage

  /// Numbers of a block's planes, for a strip of pixels: a first cache of 32 KiB.
  private static let firstCache = 8192
  /// Entries of a row and block below which fetching and storing the row's sums takes as long as what the block saves.
  private static let fewestEntries = 6

  /// Nonzero elements of `weight` [rows, columns], whose columns' planes are `pitch` apart, for strips of up to `strip`
  /// vectors.
  init(_ weight: Tensor, pitch: Int, strip: Int) {
    precondition(weight.rank == 2, "sparse rows of a tensor of shape \(weight.shape)")
    let (rows, columns) = (weight.shape[0], weight.shape[1])
    precondition(columns * pitch <= Int(Int32.max), "\(columns) planes of \(pitch) numbers are too far apart")
    self.rows = rows
    self.columns = columns
    let nonzeros = weight.withElements { elements in
      var count = 0
      for index in elements.indices where elements[index] != 0 { count += 1 }
      return count
    }
    self.nonzeros = nonzeros
    let cached = Self.firstCache / (strip * Lanes.scalarCount)
    let wanted = max(cached, Self.fewestEntries * rows * columns / max(1, nonzeros))
    blocks = max(1, (columns + wanted / 2) / wanted)
    entryStorage = Storage(bytes: nonzeros * MemoryLayout<Entry>.stride)
    startStorage = Storage(bytes: (blocks * rows + 1) * MemoryLayout<Int>.stride)
    let (entries, starts, blocks) = unsafe (self.entries, self.starts, self.blocks)
    weight.withElements { elements in
      var count = 0
      for block in 0..<blocks {
        for row in 0..<rows {
          unsafe starts[block * rows + row] = count
          for column in columns * block / blocks..<columns * (block + 1) / blocks
          where elements[row * columns + column] != 0 {
            unsafe entries[count] = Entry(offset: Int32(column * pitch), value: elements[row * columns + column])
            count += 1
          }
        }
      }
      unsafe starts[blocks * rows] = count
    }
  }

  var entries: UnsafeMutablePointer<Entry> {
    unsafe entryStorage.block.pointer.assumingMemoryBound(to: Entry.self)
  }

  /// Where each block's entries of each row begin; behind the last one's, where they end.
  var starts: UnsafeMutablePointer<Int> {
    unsafe startStorage.block.pointer.assumingMemoryBound(to: Int.self)
  }

  /// The rows in at most `count` ranges of about equal work.
  func ranges(_ count: Int) -> [Range<Int>] {
    // What a row costs besides its entries, measured in entries.
    let rowCost = 4
    let total = nonzeros + rowCost * rows
    var ranges: [Range<Int>] = []
    var (first, done) = (0, 0)
    for row in 0..<rows {
      done += rowCost
      for place in stride(from: row, to: blocks * rows, by: rows) { done += unsafe starts[place + 1] - starts[place] }
      if done * count >= total * (ranges.count + 1) {
        ranges.append(first..<row + 1)
        first = row + 1
      }
    }
    return ranges
  }
}
