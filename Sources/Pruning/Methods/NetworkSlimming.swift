import Autodiff
import Kernels
import Networks

/// Network slimming: an L1 penalty on the scales of normalisations while the network trains, and the channels with the
/// smallest scales go where the schedule's ramp ends.
///
/// The penalty ends there. With several normalisations, a channel's score is the mean over all that it passes through,
/// those behind depthwise convolutions too.
///
/// - Source: Liu et al., "Learning efficient convolutional networks through network slimming", 2017, arXiv 1708.06519.
/// - Note: what a pruned channel's shift adds behind the rectifier goes with it.
package struct NetworkSlimming: ChannelScoring, GradientPenalty {
  private let penalty: Double

  package init(penalty: Double) {
    self.penalty = penalty
  }

  package var ramp: Ramp { .atEnd }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    groups.map { target in
      let scales = target.group.normalizations.map(\.scale.value.elements)
      guard !scales.isEmpty else { return target.norms }
      return (0..<target.count).map { channel in
        scales.reduce(0) { $0 + abs(Double($1[channel])) } / Double(scales.count)
      }
    }
  }

  package func addPenalty(to target: ChannelTarget, at moment: PruningMoment) {
    guard moment.share == 0 else { return }
    for normalization in target.group.normalizations {
      let signs = normalization.scale.value.elements.map { Float($0 > 0 ? penalty : $0 < 0 ? -penalty : 0) }
      normalization.scale.accumulate(Tensor(signs, shape: normalization.scale.shape))
    }
  }
}
