/// Sums down the columns of a matrix that parallel chunks of rows add up, each in its own place.
///
/// Chunks are fixed by the number of rows alone and combined in double precision in their order, so that the sums do not
/// depend on the number of threads.
struct ColumnSums {
  /// Rows of a chunk.
  static let chunkRows = 32

  let rows: Int
  let width: Int
  private let storage: Storage

  var chunks: Int { (rows + Self.chunkRows - 1) / Self.chunkRows }

  init(rows: Int, width: Int) {
    self.rows = rows
    self.width = width
    storage = Storage(bytes: max(1, (rows + Self.chunkRows - 1) / Self.chunkRows) * width * MemoryLayout<Float>.stride)
  }

  /// Place of one chunk's sums, set to zero.
  func start(_ chunk: Int) -> UnsafeMutablePointer<Float> {
    let place = unsafe storage.floats + chunk * width
    unsafe place.update(repeating: 0, count: width)
    return unsafe place
  }

  /// Rows of one chunk.
  func rows(of chunk: Int) -> Range<Int> { chunk * Self.chunkRows..<min(rows, (chunk + 1) * Self.chunkRows) }

  /// The sums of `columns` over all chunks.
  ///
  /// - Precondition: every chunk has been started.
  func total(_ columns: Range<Int>) -> Tensor {
    var sums = [Double](repeating: 0, count: columns.count)
    for chunk in 0..<chunks {
      let place = unsafe storage.floats + chunk * width + columns.lowerBound
      for column in 0..<columns.count { sums[column] += unsafe Double(place[column]) }
    }
    return Tensor(sums.map { Float($0) }, shape: [columns.count])
  }
}
