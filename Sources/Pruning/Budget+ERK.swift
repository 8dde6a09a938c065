import Kernels

extension Budget {
  /// A layer's density by the Erdos-Renyi-kernel rule, up to the factor that all layers share: the sum of its extents
  /// over their product.
  package static func rawDensity(of shape: Shape) -> Double {
    Double(shape.extents.reduce(0, +)) / Double(max(shape.count, 1))
  }

  /// Sparsities of the Erdos-Renyi-kernel rule: small layers stay dense.
  ///
  /// - Shapes: `shapes` of weights, [out, in] or [out, in / groups, kernel height, kernel width].
  /// - Source: Evci, Gale, Menick, Castro, Elsen, "Rigging the lottery", 2020, arXiv 1911.11134.
  package static func erkSparsities(of shapes: [Shape], sparsity: Double) -> [Double] {
    precondition(sparsity >= 0 && sparsity < 1, "ERK budget: sparsity \(sparsity) is not in 0..<1")
    let sizes = shapes.map(\.count)
    return densities(
      of: sizes, inProportionTo: shapes.map(rawDensity), kept: (1 - sparsity) * Double(sizes.reduce(0, +))
    ).map { 1 - $0 }
  }

  /// Densities in proportion to `raw` under which `kept` units stay; where one would exceed 1, the layer stays whole and
  /// the rest is solved again.
  static func densities(of sizes: [Int], inProportionTo raw: [Double], kept: Double) -> [Double] {
    var dense = Set<Int>()
    while true {
      let whole = dense.sorted().reduce(0) { $0 + sizes[$1] }
      let open = sizes.indices.filter { !dense.contains($0) }
      let weighted = open.reduce(0.0) { $0 + raw[$1] * Double(sizes[$1]) }
      let scale = weighted > 0 ? max(kept - Double(whole), 0) / weighted : 0
      let exceeding = open.filter { raw[$0] * scale > 1 }
      if exceeding.isEmpty { return sizes.indices.map { dense.contains($0) ? 1 : raw[$0] * scale } }
      dense.formUnion(exceeding)
    }
  }
}
