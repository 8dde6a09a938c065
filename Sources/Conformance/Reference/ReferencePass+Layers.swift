import Kernels

extension ReferencePass {
  /// Convolution without bias of square kernels, over all channels or depthwise.
  func convolution(
    _ x: Value, _ path: String, outputs: Int, _ window: ReferenceWindow, isDepthwise: Bool = false
  ) -> Value {
    let images = x.images
    let shape: Shape = [outputs, isDepthwise ? 1 : images.channels, window.kernel, window.kernel]
    let weight = parameter("\(path).weight", shape)
    let convolution = ReferenceConvolution(
      inputs: images.channels, outputs: outputs, isDepthwise: isDepthwise,
      taps: window.taps(count: images.count, height: images.height, width: images.width))
    let (height, width) = (window.outputExtent(images.height), window.outputExtent(images.width))
    let output = convolution.forward(images.pixels, weight: weight, pixels: images.count * height * width)
    return record(ReferenceImages(count: images.count, height: height, width: width, pixels: output)) { upstream in
      self.accumulate(convolution.weightGradient(upstream, images.pixels), of: "\(path).weight", shape)
      guard x.needsGradient else { return }
      self.accumulate(
        convolution.inputGradient(upstream, weight: weight, pixels: images.pixels.count), at: x)
    }
  }

  /// Batch normalisation by the batch's statistics in training, by the running ones otherwise.
  func batchNormalization(_ x: Value, _ path: String) -> Value {
    let channels = x.images.channels
    let scale = parameter("\(path).weight", [channels])
    let shift = parameter("\(path).bias", [channels])
    let normalization =
      isTraining
      ? ReferenceNormalization(batch: x.images.pixels, scale: scale, shift: shift)
      : ReferenceNormalization(
        mean: statistic("\(path).running_mean", channels: channels),
        variance: statistic("\(path).running_var", channels: channels), scale: scale, shift: shift)
    return record(x.images.with(normalization.forward(x.images.pixels))) { upstream in
      let gradient = normalization.backward(upstream, x.images.pixels)
      self.accumulate(gradient.scale, of: "\(path).weight", [channels])
      self.accumulate(gradient.shift, of: "\(path).bias", [channels])
      self.accumulate(gradient.input, at: x)
    }
  }

  /// min(max(x, 0), cap); the derivative is 0 at both ends.
  func rectified(_ x: Value, cap: Scalar = .infinity) -> Value {
    record(x.images.with(referenceClamped(x.images.pixels, cap: cap))) { upstream in
      self.accumulate(referenceClampedGradient(upstream, x.images.pixels, cap: cap), at: x)
    }
  }

  /// a + b.
  func sum(_ a: Value, _ b: Value) -> Value {
    record(a.images.with(referenceSum(a.images.pixels, b.images.pixels))) { upstream in
      self.accumulate(upstream, at: a)
      self.accumulate(upstream, at: b)
    }
  }

  /// Maximum over windows; the first of equals takes the gradient.
  func maxPooling(_ x: Value, _ window: ReferenceWindow) -> Value {
    let images = x.images
    let taps = window.taps(count: images.count, height: images.height, width: images.width)
    let (height, width) = (window.outputExtent(images.height), window.outputExtent(images.width))
    var largest = [[Scalar]](
      repeating: [Scalar](repeating: -.infinity, count: images.channels), count: images.count * height * width)
    var places = largest.map { $0.map { _ in 0 } }
    for tap in taps.joined() {
      for channel in 0..<images.channels where images.pixels[tap.input][channel] > largest[tap.output][channel] {
        largest[tap.output][channel] = images.pixels[tap.input][channel]
        places[tap.output][channel] = tap.input
      }
    }
    let origins = places
    return record(ReferenceImages(count: images.count, height: height, width: width, pixels: largest)) { upstream in
      var gradient = images.pixels.map { $0.map { _ in 0 as Scalar } }
      for pixel in upstream.indices {
        for (channel, value) in upstream[pixel].enumerated() { gradient[origins[pixel][channel]][channel] += value }
      }
      self.accumulate(gradient, at: x)
    }
  }

  /// Mean over each image.
  func globalAveragePooling(_ x: Value) -> Value {
    let images = x.images
    let area = images.height * images.width
    var means = [[Scalar]](repeating: [Scalar](repeating: 0, count: images.channels), count: images.count)
    for (pixel, row) in images.pixels.enumerated() {
      for (channel, value) in row.enumerated() { means[pixel / area][channel] += value }
    }
    means = means.map { $0.map { $0 / Scalar(area) } }
    return record(ReferenceImages(count: images.count, height: 1, width: 1, pixels: means)) { upstream in
      let shares = upstream.map { $0.map { $0 / Scalar(area) } }
      self.accumulate(images.pixels.indices.map { shares[$0 / area] }, at: x)
    }
  }

  /// Linear map with bias of images of one pixel.
  func linear(_ x: Value, _ path: String, outputs: Int) -> Value {
    let inputs = x.images.channels
    let weight = parameter("\(path).weight", [outputs, inputs])
    let bias = parameter("\(path).bias", [outputs])
    let count = x.images.count
    let product = ReferenceConvolution(
      inputs: inputs, outputs: outputs, isDepthwise: false, taps: [(0..<count).map { ($0, $0) }])
    let output = product.forward(x.images.pixels, weight: weight, pixels: count)
    return record(x.images.with(referenceSum(output, [[Scalar]](repeating: bias, count: count)))) { upstream in
      self.accumulate(product.weightGradient(upstream, x.images.pixels), of: "\(path).weight", [outputs, inputs])
      let sums = upstream.dropFirst().reduce([upstream[0]]) { referenceSum($0, [$1]) }
      self.accumulate(sums[0], of: "\(path).bias", [outputs])
      self.accumulate(product.inputGradient(upstream, weight: weight, pixels: count), at: x)
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func referenceClamped<Scalar: BinaryFloatingPoint>(_ x: [[Scalar]], cap: Scalar) -> [[Scalar]] {
  var y = x
  for pixel in y.indices {
    for channel in y[pixel].indices { y[pixel][channel] = min(max(y[pixel][channel], 0), cap) }
  }
  return y
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func referenceClampedGradient<Scalar: BinaryFloatingPoint>(
  _ upstream: [[Scalar]], _ x: [[Scalar]], cap: Scalar
) -> [[Scalar]] {
  var gradient = upstream
  for pixel in x.indices {
    for channel in x[pixel].indices where x[pixel][channel] <= 0 || x[pixel][channel] >= cap {
      gradient[pixel][channel] = 0
    }
  }
  return gradient
}
