/// A matrix's nonzero elements, row after row, each with the place of the plane that it multiplies.
///
/// Offsets are multiplied by the distance of the planes once here, and not at every use.
final class SparseRows {
  struct Entry {
    /// From the first plane's pixel to that of the column's plane, in numbers.
    let offset: Int32
    let value: Float
  }

  let rows: Int
  let columns: Int
  let nonzeros: Int
  private let entryStorage: Storage
  private let startStorage: Storage

  /// Nonzero elements of `weight` [rows, columns], whose columns' planes are `pitch` apart.
  init(_ weight: Tensor, pitch: Int) {
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
    entryStorage = Storage(bytes: nonzeros * MemoryLayout<Entry>.stride)
    startStorage = Storage(bytes: (rows + 1) * MemoryLayout<Int>.stride)
    let (entries, starts) = unsafe (self.entries, self.starts)
    weight.withElements { elements in
      var count = 0
      for row in 0..<rows {
        unsafe starts[row] = count
        for column in 0..<columns where elements[row * columns + column] != 0 {
          unsafe entries[count] = Entry(offset: Int32(column * pitch), value: elements[row * columns + column])
          count += 1
        }
      }
      unsafe starts[rows] = count
    }
  }

  var entries: UnsafeMutablePointer<Entry> {
    unsafe entryStorage.block.pointer.assumingMemoryBound(to: Entry.self)
  }

  /// Where each row's entries begin; behind the last row's, where they end.
  var starts: UnsafeMutablePointer<Int> {
    unsafe startStorage.block.pointer.assumingMemoryBound(to: Int.self)
  }

  /// The rows in at most `count` ranges of about equal work.
  func ranges(_ count: Int) -> [Range<Int>] {
    // What a row costs besides its entries, measured in entries.
    let rowCost = 4
    let total = nonzeros + rowCost * rows
    var ranges: [Range<Int>] = []
    var first = 0
    for row in 0..<rows {
      let done = unsafe starts[row + 1] + rowCost * (row + 1)
      if done * count >= total * (ranges.count + 1) {
        ranges.append(first..<row + 1)
        first = row + 1
      }
    }
    return ranges
  }
}
