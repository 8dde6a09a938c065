/// Two-dimensional convolution of every channel by a filter of its own: three by three, one zero of padding, stride 1
/// or 2.
///
/// Our own kernels rather than oneDNN's: its weight gradient of images of two by two pixels falls back to plain loops, a
/// hundred times slower, and its input gradients take twice as long. Activations lie channels-last, so that eight
/// channels are a vector wherever the window stands.
///
/// - Shapes: `input` [N, C, H, W]; `weight` [C, 1, 3, 3]; output [N, C, Ho, Wo]; C a multiple of 8, H and W at least 1.
///   Operands in another order are converted; results lie channels-last, except weight gradients, which are row-major.
/// - Note: results do not depend on the number of threads: chunks depend on sizes alone, and partial sums are added in
///   order of chunks.
package enum DepthwiseConvolution {
  /// Whether the kernels take this convolution.
  package static func supports(_ input: Shape, weight: Shape, geometry: ConvolutionGeometry) -> Bool {
    guard input.rank == 4, input[1] % Lanes.scalarCount == 0, input[1] > 0, input[2] > 0, input[3] > 0 else {
      return false
    }
    return weight == [input[1], 1, 3, 3] && geometry.groups == input[1] && geometry.padding == 1
      && (1...2).contains(geometry.stride)
  }

  /// - Cost: reads the input and writes the output once; 9 products an output.
  package static func forward(_ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry) -> Tensor {
    let outputShape = outputShape(input.shape, weight.shape, geometry)
    let output = Tensor(uninitialized: outputShape, layout: .channelsLast(outputShape))
    let taps = packedTaps(weight, isFlipped: false)
    if geometry.stride == 1 {
      convolve(Images(input), taps: taps, StrideOne.self, into: Images(output))
    } else {
      convolve(Images(input), taps: taps, StrideTwo.self, into: Images(output))
    }
    return output
  }

  /// Gradient at the input.
  ///
  /// - Shapes: `upstream` as the output; result `inputShape`.
  /// - Cost: reads `upstream` and writes the gradient once; 9 products an upstream element.
  package static func inputGradient(
    _ upstream: Tensor, weight: Tensor, inputShape: Shape, geometry: ConvolutionGeometry
  ) -> Tensor {
    let outputShape = outputShape(inputShape, weight.shape, geometry)
    precondition(
      upstream.shape == outputShape,
      "depthwise convolution input gradient: upstream \(upstream.shape), output \(outputShape)")
    let gradient = Tensor(uninitialized: inputShape, layout: .channelsLast(inputShape))
    if geometry.stride == 1 {
      convolve(Images(upstream), taps: packedTaps(weight, isFlipped: true), StrideOne.self, into: Images(gradient))
    } else {
      spread(Images(upstream), taps: packedTaps(weight, isFlipped: false), into: Images(gradient))
    }
    return gradient
  }

  /// Gradient at the weight.
  ///
  /// - Shapes: `upstream` as the output; result `weightShape`.
  /// - Cost: reads both operands once; 9 products an upstream element.
  package static func weightGradient(
    _ upstream: Tensor, input: Tensor, weightShape: Shape, geometry: ConvolutionGeometry
  ) -> Tensor {
    let outputShape = outputShape(input.shape, weightShape, geometry)
    precondition(
      upstream.shape == outputShape,
      "depthwise convolution weight gradient: upstream \(upstream.shape), output \(outputShape)")
    let gradient = Tensor(uninitialized: weightShape)
    if geometry.stride == 1 {
      correlate(Images(upstream), Images(input), StrideOne.self, into: gradient)
    } else {
      correlate(Images(upstream), Images(input), StrideTwo.self, into: gradient)
    }
    return gradient
  }

  private static func outputShape(_ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry) -> Shape {
    precondition(
      supports(input, weight: weight, geometry: geometry),
      "depthwise convolution: input \(input), weight \(weight), \(geometry) do not fit")
    return [
      input[0], input[1], geometry.outputExtent(input[2], kernel: 3), geometry.outputExtent(input[3], kernel: 3),
    ]
  }

  /// The nine taps of eight channels side by side, then those of the next eight.
  ///
  /// In order of taps, those of 1024 channels would all fall on the same lines of the first cache.
  private static func packedTaps(_ weight: Tensor, isFlipped: Bool) -> Storage {
    let (weight, channels) = (weight.plain(), weight.shape[0])
    let taps = Storage(bytes: weight.count * MemoryLayout<Float>.stride)
    for channel in 0..<channels {
      let (block, lane) = (channel / Lanes.scalarCount, channel % Lanes.scalarCount)
      for tap in 0..<9 {
        unsafe taps.floats[(block * 9 + tap) * Lanes.scalarCount + lane] = unsafe weight.storage.floats[
          channel * 9 + (isFlipped ? 8 - tap : tap)]
      }
    }
    return taps
  }
}
