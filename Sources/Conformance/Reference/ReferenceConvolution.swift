/// Convolution as plain loops: every channel reads every channel, or depthwise only itself.
///
/// The innermost loops run along the channels of a pixel, which lie together; hence two arrangements of the weights, by
/// output channel and by input channel.
///
/// - Note: `specialized` because debug builds optimise file by file, where generic code stays ten times slower.
struct ReferenceConvolution {
  let inputs: Int
  let outputs: Int
  let isDepthwise: Bool
  /// Of each place of the kernel.
  let taps: [[ReferenceWindow.Tap]]

  /// - Shapes: `weight` [outputs, inputs, kernel, kernel], or [channels, 1, kernel, kernel] if depthwise; `x` a row of
  ///   channels a pixel; result likewise, `pixels` rows.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func forward<Scalar: BinaryFloatingPoint>(_ x: [[Scalar]], weight: [Scalar], pixels: Int) -> [[Scalar]] {
    var y = zeros(pixels, outputs, as: Scalar.self)
    for place in taps.indices {
      if isDepthwise {
        let row = weights(weight, place, from: 0, by: .output)
        for tap in taps[place] { y[tap.output].add(x[tap.input], times: row) }
      } else {
        for input in 0..<inputs {
          let row = weights(weight, place, from: input, by: .output)
          for tap in taps[place] { y[tap.output].add(row, times: x[tap.input][input]) }
        }
      }
    }
    return y
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func inputGradient<Scalar: BinaryFloatingPoint>(_ upstream: [[Scalar]], weight: [Scalar], pixels: Int) -> [[Scalar]] {
    var gradient = zeros(pixels, inputs, as: Scalar.self)
    for place in taps.indices {
      if isDepthwise {
        let row = weights(weight, place, from: 0, by: .output)
        for tap in taps[place] { gradient[tap.input].add(upstream[tap.output], times: row) }
      } else {
        for output in 0..<outputs {
          let row = weights(weight, place, from: output, by: .input)
          for tap in taps[place] { gradient[tap.input].add(row, times: upstream[tap.output][output]) }
        }
      }
    }
    return gradient
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func weightGradient<Scalar: BinaryFloatingPoint>(_ upstream: [[Scalar]], _ x: [[Scalar]]) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: taps.count * outputs * (isDepthwise ? 1 : inputs))
    for place in taps.indices {
      for input in 0..<(isDepthwise ? 1 : inputs) {
        var row = [Scalar](repeating: 0, count: outputs)
        if isDepthwise {
          for tap in taps[place] { row.add(upstream[tap.output], times: x[tap.input]) }
        } else {
          for tap in taps[place] { row.add(upstream[tap.output], times: x[tap.input][input]) }
        }
        for output in 0..<outputs { gradient[index(output, input, place)] = row[output] }
      }
    }
    return gradient
  }

  private enum Arrangement {
    case input
    case output
  }

  private func zeros<Scalar: BinaryFloatingPoint>(_ pixels: Int, _ channels: Int, as: Scalar.Type) -> [[Scalar]] {
    [[Scalar]](repeating: [Scalar](repeating: 0, count: channels), count: pixels)
  }

  /// Weights of one place of the kernel along the channels of one side, those of `channel` of the other.
  private func weights<Scalar: BinaryFloatingPoint>(
    _ weight: [Scalar], _ place: Int, from channel: Int, by side: Arrangement
  ) -> [Scalar] {
    var row = [Scalar](repeating: 0, count: side == .output ? outputs : inputs)
    switch side {
    case .output: for other in row.indices { row[other] = weight[index(other, channel, place)] }
    case .input: for other in row.indices { row[other] = weight[index(channel, other, place)] }
    }
    return row
  }

  /// Position of a weight in PyTorch's order.
  private func index(_ output: Int, _ input: Int, _ place: Int) -> Int {
    (output * (isDepthwise ? 1 : inputs) + input) * taps.count + place
  }
}

extension Array where Element: BinaryFloatingPoint {
  fileprivate mutating func add(_ row: [Element], times factor: Element) {
    let row = row.span
    var sums = mutableSpan
    precondition(row.count == sums.count, "rows of \(row.count) and \(sums.count)")
    for index in row.indices { sums[index] += factor * row[index] }
  }

  fileprivate mutating func add(_ row: [Element], times factors: [Element]) {
    let (row, factors) = (row.span, factors.span)
    var sums = mutableSpan
    precondition(row.count == sums.count && factors.count == sums.count, "rows of \(row.count) and \(sums.count)")
    for index in row.indices { sums[index] += factors[index] * row[index] }
  }
}
