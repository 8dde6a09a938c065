import Kernels

/// How many weights of one layer go.
package struct LayerShare: Equatable, Sendable {
  /// By the budget's rule alone.
  package var uncapped: Int
  /// With the cap, the other layers solved again.
  package var pruned: Int
}

extension Budget {
  /// Shares `pruned` out over layers, so that the shares add up to it exactly.
  ///
  /// A layer whose share exceeds the cap gets the cap (rounded down to a whole weight), and the rest is solved again
  /// among the other layers until none exceeds.
  ///
  /// - Throws: `.capBelowTarget` if the caps leave no solution.
  /// - Cost: with the global rule, four passes over all weights for every time that the rest is solved.
  package func shares(of weights: [Tensor], pruned: Int) throws(PruningError) -> [LayerShare] {
    let limits = weights.map { Int((cap * Double($0.count) + 1e-9).rounded(.down)) }
    let room = limits.reduce(0, +)
    guard pruned <= room else { throw .capBelowTarget(cap: cap, prunable: room, requested: pruned) }
    var open = Array(weights.indices)
    var rest = pruned
    var shares = [LayerShare](repeating: LayerShare(uncapped: 0, pruned: 0), count: weights.count)
    var isFirst = true
    while !open.isEmpty {
      let solved = solve(open.map { weights[$0] }, pruned: rest)
      var stillOpen: [Int] = []
      for (layer, share) in zip(open, solved) {
        if isFirst { shares[layer].uncapped = share }
        shares[layer].pruned = min(share, limits[layer])
        if share > limits[layer] {
          rest -= limits[layer]
        } else {
          stillOpen.append(layer)
        }
      }
      if stillOpen.count == open.count { break }
      open = stillOpen
      isFirst = false
    }
    return shares
  }

  /// The rule without a cap.
  private func solve(_ weights: [Tensor], pruned: Int) -> [Int] {
    switch rule {
    case .global: Self.globalCounts(of: weights, pruned: pruned)
    case .uniform: Self.uniformCounts(of: weights.map(\.count), pruned: pruned)
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
}
