import Kernels

/// CHIP: the channels without which the nuclear norm of a layer's feature maps changes least go where the schedule's ramp
/// ends.
///
/// An example's maps are a matrix with a row a channel; a channel's score is what the sum of singular values loses when its
/// row is zero, the mean over examples.
///
/// - Source: Sui et al., "CHIP: channel independence-based pruning for compact neural networks", 2021, arXiv 2110.13981.
/// - Cost: one decomposition a channel and example.
package struct ChannelIndependence: ChannelScoring {
  private let examples: Int

  package init(examples: Int) {
    self.examples = examples
  }

  package var ramp: Ramp { .atEnd }

  package func channelScores(of groups: [ChannelTarget], probe: any NetworkProbe) throws -> [[Double]] {
    try probe.featureMaps(of: groups, examples: examples).map { maps in
      let (count, channels) = (maps.shape[0], maps.shape[1])
      let width = maps.count / max(1, count * channels)
      let elements = maps.elements
      var sums = [Double](repeating: 0, count: channels)
      for example in 0..<count {
        let rows = (0..<channels).map { channel in
          let start = (example * channels + channel) * width
          return elements[start..<start + width].map(Double.init)
        }
        for (channel, score) in Self.scores(rows).enumerated() { sums[channel] += score / Double(count) }
      }
      return sums
    }
  }

  /// What the nuclear norm loses without each row.
  ///
  /// Singular values are had from products of rows, or of columns where those are fewer.
  package static func scores(_ rows: [[Double]]) -> [Double] {
    guard let width = rows.first?.count, width > 0 else { return rows.map { _ in 0 } }
    if rows.count <= width {
      let products = SingularValues.products(of: rows)
      let whole = SingularValues.nuclearNorm(ofProducts: products)
      return rows.indices.map { left in
        let others = rows.indices.filter { $0 != left }
        return whole - SingularValues.nuclearNorm(ofProducts: others.map { row in others.map { products[row][$0] } })
      }
    }
    let columns = (0..<width).map { column in rows.map { $0[column] } }
    let products = SingularValues.products(of: columns)
    let whole = SingularValues.nuclearNorm(ofProducts: products)
    return rows.map { row in
      let left = products.indices.map { first in
        products.indices.map { products[first][$0] - row[first] * row[$0] }
      }
      return whole - SingularValues.nuclearNorm(ofProducts: left)
    }
  }
}
