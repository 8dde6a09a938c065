/// Batch normalisation as plain loops over rows of channels, one row a pixel.
struct ReferenceNormalization<Scalar: BinaryFloatingPoint> {
  let scale: [Scalar]
  let shift: [Scalar]
  let mean: [Scalar]
  /// 1 / sqrt(variance + epsilon).
  let factor: [Scalar]
  /// Whether mean and variance are those of the input, so that gradients flow through them.
  let usesBatchStatistics: Bool

  private static var epsilon: Scalar { 1e-5 }

  /// Normalisation by the mean and the biased variance of `x`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  init(batch x: [[Scalar]], scale: [Scalar], shift: [Scalar]) {
    var mean = [Scalar](repeating: 0, count: scale.count)
    for pixel in x { for channel in pixel.indices { mean[channel] += pixel[channel] } }
    for channel in mean.indices { mean[channel] /= Scalar(x.count) }
    var variance = [Scalar](repeating: 0, count: scale.count)
    for pixel in x {
      for channel in pixel.indices {
        let distance = pixel[channel] - mean[channel]
        variance[channel] += distance * distance
      }
    }
    for channel in variance.indices { variance[channel] /= Scalar(x.count) }
    self.init(mean: mean, variance: variance, scale: scale, shift: shift, usesBatchStatistics: true)
  }

  /// Normalisation by given statistics.
  init(mean: [Scalar], variance: [Scalar], scale: [Scalar], shift: [Scalar], usesBatchStatistics: Bool = false) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.factor = variance.map { 1 / ($0 + Self.epsilon).squareRoot() }
    self.usesBatchStatistics = usesBatchStatistics
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func forward(_ x: [[Scalar]]) -> [[Scalar]] {
    var y = x
    for pixel in x.indices {
      for channel in scale.indices {
        y[pixel][channel] = (x[pixel][channel] - mean[channel]) * factor[channel] * scale[channel] + shift[channel]
      }
    }
    return y
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func backward(_ upstream: [[Scalar]], _ x: [[Scalar]]) -> (input: [[Scalar]], scale: [Scalar], shift: [Scalar]) {
    var scaleGradient = [Scalar](repeating: 0, count: scale.count)
    var shiftGradient = scaleGradient
    for pixel in x.indices {
      for channel in scale.indices {
        scaleGradient[channel] += upstream[pixel][channel] * (x[pixel][channel] - mean[channel]) * factor[channel]
        shiftGradient[channel] += upstream[pixel][channel]
      }
    }
    var gradient = upstream
    let count = Scalar(x.count)
    for pixel in x.indices {
      for channel in scale.indices {
        if usesBatchStatistics {
          let normalized = (x[pixel][channel] - mean[channel]) * factor[channel]
          gradient[pixel][channel] -= (shiftGradient[channel] + normalized * scaleGradient[channel]) / count
        }
        gradient[pixel][channel] *= scale[channel] * factor[channel]
      }
    }
    return (gradient, scaleGradient, shiftGradient)
  }
}
