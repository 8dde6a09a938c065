/// Rows of a table, by index.
///
/// - Shapes: `table` [V, D]; `indices` any number, each in 0..<V; result [indices, D].
package enum Embedding {
  /// The rows at `indices`.
  package static func forward(_ table: Tensor, indices: [Int]) -> Tensor {
    check("embedding", table.shape, indices)
    let width = table.shape[1]
    let table = table.plain()
    let result = Tensor(uninitialized: [indices.count, width])
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (table.storage.floats, result.storage.floats)
    parallel(indices.count, grain: max(1, Elementwise.grain / max(1, width))) { range in
      for row in range {
        unsafe (target + row * width).update(from: source + indices[row] * width, count: width)
      }
    }
    return result
  }

  /// Adds the gradient at the table to `sum`: each row of `upstream` to the row that it was read from, in order.
  ///
  /// - Shapes: `upstream` [indices, D]; `sum` [V, D].
  package static func addGradient(_ upstream: Tensor, indices: [Int], to sum: inout Tensor) {
    check("embedding gradient", sum.shape, indices)
    let width = sum.shape[1]
    precondition(
      upstream.shape == [indices.count, width],
      "embedding gradient: upstream \(upstream.shape), \(indices.count) indices, table \(sum.shape)")
    sum.makeUniqueAndPlain()
    let upstream = upstream.plain()
    // Sound without isolation: each chunk writes its own columns, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (upstream.storage.floats, sum.storage.floats)
    // By columns, so that rows that occur more than once are added up in one order, whatever the number of threads.
    parallel(width, grain: 64) { columns in
      for (row, index) in indices.enumerated() {
        let (from, to) = unsafe (source + row * width, target + index * width)
        var column = columns.lowerBound
        while column + Lanes.scalarCount <= columns.upperBound {
          unsafe store(load(to, column) + load(from, column), to, column)
          column += Lanes.scalarCount
        }
        while column < columns.upperBound {
          unsafe to[column] += from[column]
          column += 1
        }
      }
    }
  }

  private static func check(_ operation: String, _ table: Shape, _ indices: [Int]) {
    precondition(table.rank == 2, "\(operation): table \(table) has not two axes")
    for index in indices {
      precondition(
        index >= 0 && index < table[0], "\(operation): index \(index) is outside the table \(table)")
    }
  }
}
