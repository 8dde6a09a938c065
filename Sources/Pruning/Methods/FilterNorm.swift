import Autodiff
import Kernels
import Networks

/// Filter pruning by norms: the channels whose filters have the smallest L1 or L2 norm go at once where the schedule's
/// ramp ends, and the rest is tuned.
///
/// With several producers, a channel's score is the mean over them.
///
/// - Source: Li, Kadav, Durdanovic, Samet, Graf, "Pruning filters for efficient ConvNets", 2017, arXiv 1608.08710.
/// - Note: norms of layers differ in scale; a global budget divides them only if it is normalised.
package struct FilterNorm: ChannelScoring {
  package enum Order: Sendable {
    case l1
    case l2
  }

  private let order: Order

  package init(_ order: Order) {
    self.order = order
  }

  package var ramp: Ramp { .atEnd }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    groups.map { group in
      order == .l2 ? group.norms : group.meanOverProducers { filters in filters.map { $0.reduce(0) { $0 + abs($1) } } }
    }
  }
}

extension ChannelTarget {
  /// Mean over the group's producers of scores that follow from a producer's filters.
  func meanOverProducers(_ scores: ([[Double]]) -> [Double]) -> [Double] {
    let all = group.producers.map { scores($0.parameter.value.filters(count)) }
    return (0..<count).map { channel in all.reduce(0) { $0 + $1[channel] } / Double(all.count) }
  }
}

extension Tensor {
  /// The values of each of `channels` equal parts along the first axis.
  func filters(_ channels: Int) -> [[Double]] {
    let (width, elements) = (count / channels, elements)
    return (0..<channels).map { slice in elements[slice * width..<(slice + 1) * width].map(Double.init) }
  }
}
