import Kernels
import Networks

/// A layer as a budget sees it; counts are of units, which all layers have alike.
package struct BudgetLayer {
  package let path: String
  /// What a global ranking ranks: a value a unit, by magnitude unless `ranksBySign`.
  package let values: Tensor
  /// Whether values are ranked as numbers, signs included.
  package let ranksBySign: Bool
  /// Extents of the weight, for the ERK rule.
  package let shape: Shape
  /// Units that may go at most, whatever the budget's caps say.
  package let mostPruned: Int
  /// Share that went in the run that a budget is transferred from.
  package let transferred: Double?

  package init(
    path: String, values: Tensor, ranksBySign: Bool = false, shape: Shape, mostPruned: Int, transferred: Double? = nil
  ) {
    self.path = path
    self.values = values
    self.ranksBySign = ranksBySign
    self.shape = shape
    self.mostPruned = mostPruned
    self.transferred = transferred
  }

  package var count: Int { values.count }
}

/// How many units of one layer go.
package struct LayerShare: Equatable, Sendable {
  /// By the budget's rule alone.
  package var uncapped: Int
  /// With caps and floors, the other layers solved again.
  package var pruned: Int
}

extension Budget {
  /// Shares `pruned` out over layers, so that the shares add up to it exactly.
  ///
  /// `progress` is how much of the final target `pruned` is: floors, and sparsities of layers' own, count as much.
  ///
  /// Layers that a rule of their own makes dense or gives a sparsity stay out of the solution. A layer whose share
  /// exceeds its cap gets the cap (rounded down to a whole unit), and the rest is solved again among the other layers
  /// until none exceeds; then the same with floors (rounded up).
  ///
  /// - Throws: `.capBelowTarget` or `.floorAboveTarget` if there is no solution at the final target;
  ///   `.patternWithoutLayer`.
  /// - Cost: with the global rule, four passes over all weights for every time that the rest is solved.
  package func shares(
    of layers: [BudgetLayer], pruned: Int, progress: Double = 1
  ) throws(PruningError) -> [LayerShare] {
    try requirePatterns(fit: layers.map(\.path))
    let limits = limits(of: layers, progress)
    let room = limits.reduce(0) { $0 + $1.upperBound }
    let least = limits.reduce(0) { $0 + $1.lowerBound }
    // On the way to the target, rounding in the layers counts for more than the network's own count.
    let pruned = progress < 1 ? min(max(pruned, least), room) : pruned
    guard pruned <= room else { throw .capBelowTarget(cap: cap, prunable: room, requested: pruned) }
    guard pruned >= least else { throw .floorAboveTarget(least: least, requested: pruned) }
    var shares = [LayerShare](repeating: LayerShare(uncapped: 0, pruned: 0), count: layers.count)
    var open: [Int] = []
    var rest = pruned
    for (index, limit) in limits.enumerated() {
      if limit.lowerBound == limit.upperBound {
        shares[index] = LayerShare(uncapped: limit.lowerBound, pruned: limit.lowerBound)
        rest -= limit.lowerBound
      } else {
        open.append(index)
      }
    }
    // Where only fixed layers are left, the target may be out of their reach though room and least allow it.
    var isFirst = true
    while !open.isEmpty {
      let solved = solve(open.map { layers[$0] }, pruned: max(0, min(rest, open.reduce(0) { $0 + layers[$1].count })))
      for (layer, share) in zip(open, solved) {
        if isFirst { shares[layer].uncapped = share }
        shares[layer].pruned = min(max(share, limits[layer].lowerBound), limits[layer].upperBound)
      }
      isFirst = false
      let above = zip(open, solved).filter { limits[$0].upperBound < $1 }.map(\.0)
      let violating = above.isEmpty ? zip(open, solved).filter { limits[$0].lowerBound > $1 }.map(\.0) : above
      if violating.isEmpty { break }
      rest -= violating.reduce(0) { $0 + shares[$1].pruned }
      open.removeAll(where: violating.contains)
    }
    return settled(shares, limits, pruned)
  }

  /// Moves what fixed caps and floors together left over or took too much to the layers that still have room, in order.
  private func settled(_ shares: [LayerShare], _ limits: [ClosedRange<Int>], _ pruned: Int) -> [LayerShare] {
    var shares = shares
    var left = pruned - shares.reduce(0) { $0 + $1.pruned }
    for index in shares.indices where left != 0 {
      let moved = min(max(shares[index].pruned + left, limits[index].lowerBound), limits[index].upperBound)
      left -= moved - shares[index].pruned
      shares[index].pruned = moved
    }
    return shares
  }

  /// What the last fitting rule says about a layer; nil if none fits.
  func treatment(of path: String) -> LayerRule.Treatment? {
    layers?.last { PathPattern($0.pattern).fits(path) }?.treatment
  }

  /// - Throws: `.patternWithoutLayer` for a rule that fits none of `paths`.
  func requirePatterns(fit paths: [String]) throws(PruningError) {
    for rule in layers ?? [] where !paths.contains(where: { PathPattern(rule.pattern).fits($0) }) {
      throw .patternWithoutLayer(pattern: rule.pattern, paths: paths)
    }
  }

  /// Fewest and most units that may go, layer by layer.
  private func limits(of layers: [BudgetLayer], _ progress: Double) -> [ClosedRange<Int>] {
    layers.map { layer in
      var (lowest, highest) = (floor ?? 0, cap)
      switch treatment(of: layer.path) {
      case nil: break
      case .dense: (lowest, highest) = (0, 0)
      case .cap(let value): highest = value
      case .floor(let value): lowest = value
      case .sparsity(let value):
        let exact = Int((value * progress * Double(layer.count)).rounded())
        return exact...exact
      }
      let most = min(Int((highest * Double(layer.count) + 1e-9).rounded(.down)), layer.mostPruned)
      return min(Int((lowest * progress * Double(layer.count) - 1e-9).rounded(.up)), most)...most
    }
  }

  /// The rule without caps and floors.
  private func solve(_ layers: [BudgetLayer], pruned: Int) -> [Int] {
    switch rule {
    case .global:
      Self.globalCounts(
        of: layers.map { layer in
          let values = isNormalized == true ? layer.normalized : layer.values
          return layer.ranksBySign ? values.orderedAsMagnitudes() : values
        }, pruned: pruned)
    case .uniform: Self.uniformCounts(of: layers.map(\.count), pruned: pruned)
    case .erk:
      Self.densityCounts(
        of: layers.map(\.count), inProportionTo: layers.map { Self.rawDensity(of: $0.shape) }, pruned: pruned)
    case .transferred:
      Self.densityCounts(
        of: layers.map(\.count), inProportionTo: layers.map { 1 - ($0.transferred ?? 0) }, pruned: pruned)
    }
  }

  /// Layer by layer, how many of the `pruned` smallest magnitudes of all layers lie in it.
  ///
  /// Of equal magnitudes those are kept that come first in the order of layers and indices.
  package static func globalCounts(of weights: [Tensor], pruned: Int) -> [Int] {
    precondition(
      pruned >= 0 && pruned <= weights.reduce(0) { $0 + $1.count }, "global budget: \(pruned) weights pruned")
    guard pruned > 0 else { return weights.map { _ in 0 } }
    var selection = MagnitudeSelection(rank: pruned - 1)
    while !selection.isDone {
      for weight in weights { selection.add(weight) }
      selection.narrow()
    }
    var tiesLeft = pruned - selection.below
    var counts: [Int] = []
    for weight in weights.reversed() {
      let (below, equal) = MagnitudeSelection.counts(of: weight, around: selection.magnitude)
      let ties = min(equal, tiesLeft)
      tiesLeft -= ties
      counts.append(below + ties)
    }
    return counts.reversed()
  }

  /// The same fraction of every layer: whole weights first, then one more to the layers with the largest remainders,
  /// the first of equal ones.
  package static func uniformCounts(of sizes: [Int], pruned: Int) -> [Int] {
    let total = sizes.reduce(0, +)
    precondition(pruned >= 0 && pruned <= total, "uniform budget: \(pruned) of \(total) weights pruned")
    guard total > 0 else { return sizes.map { _ in 0 } }
    let parts = sizes.map { size -> (quotient: Int, remainder: Int) in
      // In full width: the product of two network sizes may not fit a word.
      let (quotient, remainder) = total.dividingFullWidth(size.multipliedFullWidth(by: pruned))
      return (quotient, remainder)
    }
    var counts = parts.map(\.quotient)
    let byRemainder = parts.indices.sorted { left, right in
      (parts[right].remainder, left) < (parts[left].remainder, right)
    }
    for layer in byRemainder.prefix(pruned - counts.reduce(0, +)) { counts[layer] += 1 }
    return counts
  }

  /// Densities in proportion to `raw`, none above 1, rounded by largest remainders to `pruned` exactly.
  package static func densityCounts(of sizes: [Int], inProportionTo raw: [Double], pruned: Int) -> [Int] {
    let kept = sizes.reduce(0, +) - pruned
    let exact = zip(densities(of: sizes, inProportionTo: raw, kept: Double(kept)), sizes).map { $0 * Double($1) }
    // Sums of doubles may fall short of the whole numbers that they stand for.
    var counts = zip(exact, sizes).map { min($1, Int(($0 + 1e-6).rounded(.down))) }
    var left = kept - counts.reduce(0, +)
    let byRemainder = exact.indices.sorted {
      (exact[$1] - Double(counts[$1]), $0) < (exact[$0] - Double(counts[$0]), $1)
    }
    for layer in byRemainder where left > 0 && counts[layer] < sizes[layer] {
      counts[layer] += 1
      left -= 1
    }
    for layer in byRemainder.reversed() where left < 0 && counts[layer] > 0 {
      counts[layer] -= 1
      left += 1
    }
    // What rounding at the bound of 1 left over.
    for layer in sizes.indices where left > 0 {
      let more = min(left, sizes[layer] - counts[layer])
      counts[layer] += more
      left -= more
    }
    return zip(sizes, counts).map { $0 - $1 }
  }
}

extension BudgetLayer {
  /// The values divided by their root mean square.
  ///
  /// - Note: Deviation: jaxpruner divides by the L2 norm, which lets a layer lose more the larger it is.
  fileprivate var normalized: Tensor {
    let root = (Elementwise.squaredNorm(values) / Double(max(1, count))).squareRoot()
    guard root > 0 else { return values }
    var result = values
    result.withMutableElements { elements in
      for index in elements.indices { elements[index] /= Float(root) }
    }
    return result
  }
}
