import Kernels

/// FPGM: the filters nearest to all others of their layer are redundant; they are chosen anew at every epoch from the end
/// of the warm-up on, learn nothing while they are chosen, and may come back.
///
/// The score of a filter is the sum of its distances to the others.
///
/// - Source: He, Liu, Wang, Hu, Yang, "Filter pruning via geometric median for deep convolutional neural networks
///   acceleration", 2019, arXiv 1811.00250.
package struct GeometricMedian: ChannelScoring {
  package init() {}

  package var ramp: Ramp { .everyEpoch }
  package var storage: MethodConfig.Storage { .shadow }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    groups.map { $0.meanOverProducers(Self.scores) }
  }

  /// Sum of L2 distances of every filter to all others.
  ///
  /// - Cost: quadratic in the filters.
  package static func scores(_ filters: [[Double]]) -> [Double] {
    var sums = [Double](repeating: 0, count: filters.count)
    for left in filters.indices {
      for right in filters.indices where right > left {
        var square = 0.0
        for (a, b) in zip(filters[left], filters[right]) { square += (a - b) * (a - b) }
        sums[left] += square.squareRoot()
        sums[right] += square.squareRoot()
      }
    }
    return sums
  }
}
