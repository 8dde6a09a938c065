import COpenBLAS

/// Singular values of small matrices, by LAPACK in double precision.
package enum SingularValues {
  /// Singular values, largest first.
  ///
  /// - Shapes: `rows` of equal lengths; as many values as the shorter side.
  package static func of(_ rows: [[Double]]) -> [Double] {
    guard let first = rows.first, !first.isEmpty else { return [] }
    // Rows here are LAPACK's columns: the values are those of the transpose.
    var matrix = rows.flatMap(\.self)
    precondition(matrix.count == rows.count * first.count, "singular values: rows of different lengths")
    var (height, width, info) = (Int32(first.count), Int32(rows.count), Int32(0))
    let count = min(rows.count, first.count)
    var values = [Double](repeating: 0, count: count)
    // Not asked for, but an argument.
    var (one, left, right) = (Int32(1), 0.0, 0.0)
    var integers = [Int32](repeating: 0, count: 8 * count)
    var size = Int32(-1)
    var wanted = 0.0
    var (leading, oneMore) = (height, one)
    unsafe dgesdd_(
      "N", &height, &width, &matrix, &leading, &values, &left, &one, &right, &oneMore, &wanted, &size, &integers, &info,
      1)
    size = Int32(wanted)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    unsafe dgesdd_(
      "N", &height, &width, &matrix, &leading, &values, &left, &one, &right, &oneMore, &work, &size, &integers, &info, 1
    )
    precondition(info == 0, "singular values of \(rows.count) x \(first.count): LAPACK's dgesdd says \(info)")
    return values
  }

  /// Products of all rows with one another.
  package static func products(of rows: [[Double]]) -> [[Double]] {
    rows.map { left in
      rows.map { right in zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
    }
  }

  /// Sum of the singular values of a matrix, from the products of its rows with one another.
  ///
  /// - Note: exact to about the square root of double precision's rounding where values are near zero.
  package static func nuclearNorm(ofProducts products: [[Double]]) -> Double {
    guard !products.isEmpty else { return 0 }
    var matrix = products.flatMap(\.self)
    var (order, info) = (Int32(products.count), Int32(0))
    precondition(matrix.count == products.count * products.count, "nuclear norm: products are not square")
    var values = [Double](repeating: 0, count: products.count)
    var (leading, size) = (order, Int32(-1))
    var wanted = 0.0
    unsafe dsyev_("N", "L", &order, &matrix, &leading, &values, &wanted, &size, &info, 1, 1)
    size = Int32(wanted)
    var work = [Double](repeating: 0, count: max(1, Int(size)))
    unsafe dsyev_("N", "L", &order, &matrix, &leading, &values, &work, &size, &info, 1, 1)
    precondition(info == 0, "nuclear norm of \(products.count) rows: LAPACK's dsyev says \(info)")
    return values.reduce(0) { $0 + max($1, 0).squareRoot() }
  }
}
