/// Per-channel constants that map a pixel to `(pixel / 255 - mean) / deviation`.
package struct Normalization: Equatable, Sendable {
  /// In 0...1, one a channel.
  package let mean: [Double]
  /// Population standard deviation of pixels in 0...1; 1 for a channel that is constant.
  package let deviation: [Double]
  /// How the constants were made.
  package let provenance: String

  package init(mean: [Double], deviation: [Double], provenance: String) {
    precondition(mean.count == deviation.count, "Normalization: \(mean.count) means, \(deviation.count) deviations")
    precondition(deviation.allSatisfy { $0 > 0 }, "Normalization: a deviation is not positive")
    self.mean = mean
    self.deviation = deviation
    self.provenance = provenance
  }

  /// Mean and deviation of each channel over every pixel of some examples.
  ///
  /// Counted as integers and divided once, so the order of the examples does not matter.
  ///
  /// - Precondition: at least one index.
  /// - Cost: one pass over the pixels.
  package init(of dataset: ImageDataset, at indices: [Int]) {
    precondition(!indices.isEmpty, "Normalization: no example")
    let plane = dataset.shape.height * dataset.shape.width
    let pixels = dataset.pixels.span
    var means: [Double] = []
    var deviations: [Double] = []
    for channel in 0..<dataset.shape.channels {
      var sum = 0
      var squares = 0
      for index in indices {
        let start = index * dataset.shape.count + channel * plane
        let (imageSum, imageSquares) = sums(pixels.extracting(start..<start + plane))
        sum += imageSum
        squares += imageSquares
      }
      let count = Double(indices.count * plane)
      let mean = Double(sum) / count
      let variance = Double(squares) / count - mean * mean
      means.append(mean / 255)
      deviations.append(variance > 0 ? (variance.squareRoot() / 255) : 1)
    }
    self.init(
      mean: means, deviation: deviations,
      provenance: "mean and population standard deviation of each channel over all pixels of \(indices.count) training "
        + "examples of \(dataset.name)"
    )
  }

  /// The normalised value of every byte, a table of 256 for each channel.
  var tables: [Float] {
    zip(mean, deviation).flatMap { mean, deviation in
      (0..<256).map { Float((Double($0) / 255 - mean) / deviation) }
    }
  }
}

/// Sum and sum of squares of some bytes.
private func sums(_ bytes: Span<UInt8>) -> (sum: Int, squares: Int) {
  var sum = 0
  var squares = 0
  for i in bytes.indices {
    let value = Int(bytes[i])
    sum &+= value
    squares &+= value &* value
  }
  return (sum, squares)
}
