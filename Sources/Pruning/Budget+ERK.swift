import Kernels

extension Budget {
  /// Sparsities of the Erdos-Renyi-kernel rule: a layer's density is in proportion to the sum of its extents over
  /// their product, so that small layers stay dense.
  ///
  /// Layers whose density would exceed 1 stay whole, and the rest is solved again so that the network's total is met.
  ///
  /// - Shapes: `shapes` of weights, [out, in] or [out, in / groups, kernel height, kernel width].
  /// - Source: Evci, Gale, Menick, Castro, Elsen, "Rigging the lottery", 2020, arXiv 1911.11134.
  package static func erkSparsities(of shapes: [Shape], sparsity: Double) -> [Double] {
    precondition(sparsity >= 0 && sparsity < 1, "ERK budget: sparsity \(sparsity) is not in 0..<1")
    let raw = shapes.map { Double($0.extents.reduce(0, +)) / Double(max($0.count, 1)) }
    var dense = Set<Int>()
    while true {
      let whole = dense.sorted().reduce(0) { $0 + shapes[$1].count }
      let open = shapes.indices.filter { !dense.contains($0) }
      let wanted = (1 - sparsity) * Double(shapes.reduce(0) { $0 + $1.count }) - Double(whole)
      let weighted = open.reduce(0.0) { $0 + raw[$1] * Double(shapes[$1].count) }
      let scale = weighted > 0 ? max(wanted, 0) / weighted : 0
      let exceeding = open.filter { raw[$0] * scale > 1 }
      if exceeding.isEmpty {
        return shapes.indices.map { dense.contains($0) ? 0 : 1 - raw[$0] * scale }
      }
      dense.formUnion(exceeding)
    }
  }
}
