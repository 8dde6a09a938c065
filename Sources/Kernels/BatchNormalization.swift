/// Batch normalisation over the channels of images, with an optional rectifier fused behind it.
///
/// Our own kernels rather than oneDNN's: those add up a whole batch in single precision, which loses two digits of the
/// statistics, and keep a bit an element for the rectifier, which can be computed again.
///
/// - Shapes: `input` [N, C, H, W]; `scale`, `shift`, means and variances [C].
/// - Note: sums run over at most `chunkPixels` pixels of one image in single precision and are combined in double
///   precision in order of images, so that results do not depend on the number of threads.
/// - Source: Ioffe, Szegedy 2015, arXiv 1502.03167.
package enum BatchNormalization {
  /// What the backward pass needs besides the input.
  package struct Saved {
    /// Mean and biased variance that normalised the input.
    package let mean: Tensor
    package let variance: Tensor
    fileprivate let mode: Mode
    fileprivate let affine: ChannelCoefficients
  }

  /// Which statistics normalise, and what follows.
  package struct Mode: Hashable, Sendable {
    /// Whether the batch's own statistics are used (training) or given ones (evaluation).
    package let usesBatchStatistics: Bool
    package let isRectified: Bool
    package let epsilon: Float

    package init(usesBatchStatistics: Bool, isRectified: Bool, epsilon: Float) {
      self.usesBatchStatistics = usesBatchStatistics
      self.isRectified = isRectified
      self.epsilon = epsilon
    }
  }

  /// Normalised input and what the backward pass needs.
  ///
  /// `statistics` are the mean and variance to use when the mode does not take the batch's.
  ///
  /// - Precondition: `statistics` is nil exactly if the mode takes the batch's.
  /// - Cost: reads the input twice (once with given statistics) and writes the output once.
  package static func forward(
    _ input: Tensor, scale: Tensor, shift: Tensor, statistics: (mean: Tensor, variance: Tensor)?, mode: Mode
  ) -> (output: Tensor, saved: Saved) {
    precondition(
      mode.usesBatchStatistics == (statistics == nil), "batch normalisation: statistics are the batch's or given")
    precondition(
      input.rank == 4 && scale.shape == [input.shape[1]] && shift.shape == scale.shape,
      "batch normalisation: input \(input.shape), scale \(scale.shape), shift \(shift.shape)")
    if let statistics {
      precondition(
        statistics.mean.shape == scale.shape && statistics.variance.shape == scale.shape,
        "batch normalisation: input \(input.shape), mean \(statistics.mean.shape), variance \(statistics.variance.shape)"
      )
    }
    let (input, order) = ordered(input)
    let (mean, variance) = statistics ?? batchStatistics(input, order)
    let affine = ChannelCoefficients(
      order, scale: scale.elements, shift: shift.elements, mean: mean.elements, variance: variance.elements,
      epsilon: mode.epsilon)
    let output = Tensor(uninitialized: input.shape, layout: input.layout)
    normalize(input, order, affine, isRectified: mode.isRectified, into: output)
    return (output, Saved(mean: mean, variance: variance, mode: mode, affine: affine))
  }

  /// Gradients at input, scale and shift.
  ///
  /// - Cost: reads `upstream` and `input` twice and writes the gradient once.
  package static func backward(
    _ upstream: Tensor, input: Tensor, scale: Tensor, saved: Saved
  ) -> (input: Tensor, scale: Tensor, shift: Tensor) {
    precondition(
      upstream.shape == input.shape, "batch normalisation: upstream \(upstream.shape), input \(input.shape)")
    let (input, order) = ordered(input)
    let upstream = upstream.converted(to: input.layout ?? Layout.plain(input.shape.extents))
    let sums = gradientSums(upstream, input, order, saved.affine, isRectified: saved.mode.isRectified)
    let count = Double(order.images * order.pixels)
    let affine = saved.affine
    var slope = [Float](repeating: 0, count: order.paddedChannels)
    var offset = slope
    if saved.mode.usesBatchStatistics {
      for channel in 0..<order.channels {
        let inverse = Double(affine.inverseDeviation[channel])
        let factor = Double(affine.factor[channel])
        slope[channel] = Float(-factor * inverse * inverse * sums.centred[channel] / count)
        offset[channel] = Float(-factor * sums.plain[channel] / count)
      }
    }
    let gradient = Tensor(uninitialized: input.shape, layout: input.layout)
    distribute(
      upstream, input, order, affine, slope: slope, offset: offset, isRectified: saved.mode.isRectified, into: gradient)
    let scaleGradient = (0..<order.channels).map { Float(sums.centred[$0] * Double(affine.inverseDeviation[$0])) }
    let shiftGradient = (0..<order.channels).map { Float(sums.plain[$0]) }
    return (
      gradient, Tensor(scaleGradient, shape: scale.shape), Tensor(shiftGradient, shape: scale.shape)
    )
  }

  /// The input in an order that the kernels know.
  private static func ordered(_ input: Tensor) -> (Tensor, ImageOrder) {
    if let order = ImageOrder(input), order.blockWidth == 1 || order.blockWidth % Lanes.scalarCount == 0 {
      return (input, order)
    }
    let plain = input.plain()
    guard let order = ImageOrder(plain) else { preconditionFailure("batch normalisation: plain order is always known") }
    return (plain, order)
  }

  private static func batchStatistics(_ input: Tensor, _ order: ImageOrder) -> (mean: Tensor, variance: Tensor) {
    let moments = channelMoments(input, order)
    return (
      Tensor(moments.mean.prefix(order.channels).map { Float($0) }, shape: [order.channels]),
      Tensor(moments.variance.prefix(order.channels).map { Float($0) }, shape: [order.channels])
    )
  }
}

/// What turns an input into its normalised value, a channel each; zero for channels that only fill a block.
struct ChannelCoefficients {
  let mean: [Float]
  let inverseDeviation: [Float]
  /// output = factor * (input - mean) + shift: centred first, or a mean far from zero would cost digits.
  let factor: [Float]
  let shift: [Float]

  init(_ order: ImageOrder, scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Float) {
    var (inverseDeviation, factor) = ([Float](), [Float]())
    for channel in 0..<order.channels {
      let inverse = 1 / (Double(variance[channel]) + Double(epsilon)).squareRoot()
      inverseDeviation.append(Float(inverse))
      factor.append(Float(Double(scale[channel]) * inverse))
    }
    let padding = [Float](repeating: 0, count: order.paddedChannels - order.channels)
    self.mean = mean + padding
    self.inverseDeviation = inverseDeviation + padding
    self.factor = factor + padding
    self.shift = shift + padding
  }
}
