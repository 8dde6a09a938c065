import Autodiff
import Kernels
import Networks

/// First-order Taylor criterion: the channels whose loss to first order changes least when they go, `(sum of gradient
/// times weight)^2` over a filter, where the schedule's ramp ends.
///
/// - Source: Molchanov, Mallya, Tyree, Frosio, Kautz, "Importance estimation for neural network pruning", 2019,
///   arXiv 1906.10771.
package struct TaylorExpansion: ChannelScoring {
  private let examples: Int

  package init(examples: Int) {
    self.examples = examples
  }

  package var ramp: Ramp { .atEnd }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    let gradients = try probe.gradients(ProbeSettings(examples: examples, mode: .evaluation))
    return groups.map { target in
      var scores = [Double](repeating: 0, count: target.count)
      for (path, parameter) in target.group.producers {
        guard let gradient = gradients[path] else { continue }
        for (channel, filter) in Elementwise.product(gradient, parameter.value).filters(target.count).enumerated() {
          let sum = filter.reduce(0, +)
          scores[channel] += sum * sum / Double(target.group.producers.count)
        }
      }
      return scores
    }
  }
}
