import Kernels

/// HRank: the channels whose feature maps have the lowest rank, the mean over examples, go where the schedule's ramp ends.
///
/// - Source: Lin et al., "HRank: filter pruning using high-rank feature map", 2020, arXiv 2002.10179.
/// - Note: a singular value counts if it exceeds the largest one times the longer side times single precision's epsilon,
///   as in PyTorch's `matrix_rank`. All channels go at once, not layer by layer.
package struct FeatureRank: ChannelScoring {
  private let examples: Int

  package init(examples: Int) {
    self.examples = examples
  }

  package var ramp: Ramp { .atEnd }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    try probe.featureMaps(of: groups, examples: examples).map(Self.meanRanks)
  }

  /// Mean rank of each channel's maps.
  ///
  /// - Shapes: `maps` [N, channels, height, width].
  package static func meanRanks(_ maps: Tensor) -> [Double] {
    let (examples, channels) = (maps.shape[0], maps.shape[1])
    let (height, width) = (maps.shape[2], maps.shape[3])
    let elements = maps.elements
    return (0..<channels).map { channel in
      let ranks = (0..<examples).map { example -> Int in
        let start = (example * channels + channel) * height * width
        return rank(
          of: (0..<height).map { row in
            elements[start + row * width..<start + (row + 1) * width].map(Double.init)
          })
      }
      return Double(ranks.reduce(0, +)) / Double(examples)
    }
  }

  /// Number of singular values that are not rounding.
  static func rank(of rows: [[Double]]) -> Int {
    let values = SingularValues.of(rows)
    guard let largest = values.max(), largest > 0 else { return 0 }
    let bound = largest * Double(max(rows.count, rows[0].count)) * Double(Float.ulpOfOne)
    return values.count { $0 > bound }
  }
}
