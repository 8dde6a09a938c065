import Autodiff
import Datasets
import Kernels
import Networks
import Pruning

/// Looks at a network and its training data for methods that score weights or channels.
struct TrainingProbe: NetworkProbe {
  let network: Network
  let loader: ImageLoader

  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
    let batches = batches(examples: settings.examples, half: settings.half)
    let total = batches.reduce(0) { $0 + $1.labels.count }
    return preservingNetwork {
      for batch in batches {
        let tape = Tape()
        let logits = network(Variable(batch.images), Pass(settings.mode, tape: tape))
        let cooled = Elementwise.scaled(logits.value, by: Float(1 / settings.logitTemperature))
        let (_, gradient) = SoftmaxCrossEntropy.lossAndGradient(cooled, labels: batch.labels, labelSmoothing: 0)
        // The mean over all examples, not over this batch's.
        let share = Double(batch.labels.count) / Double(total) / settings.logitTemperature
        tape.backward(from: logits, upstream: Elementwise.scaled(gradient, by: Float(share)))
      }
      return collectGradients()
    }
  }

  func magnitudeFlow() throws -> [String: Tensor] {
    try preservingNetwork {
      // Biases, shifts and means add to the flow, but nothing of it goes through a weight; they would hide a bound that
      // is met.
      for (path, parameter) in network.parameters {
        parameter.value =
          path.hasSuffix("bias")
          ? Tensor(repeating: 0, shape: parameter.shape) : Elementwise.magnitude(parameter.value)
      }
      for (_, own) in network.statistics { own.mean = Tensor(repeating: 0, shape: own.mean.shape) }
      for exponent in stride(from: 0, through: -36, by: -6) {
        let scale = Self.powerOfTen(exponent)
        let whole = flow(input: scale)
        // In proportion to the input, or a rectifier's cap or the range of numbers was met.
        guard let whole, let half = flow(input: scale / 2), whole == 2 * half, whole > 0 else { continue }
        for upstream in stride(from: 0, through: -36, by: -6) {
          _ = flow(input: scale, upstream: Self.powerOfTen(upstream))
          let gradients = collectGradients()
          if gradients.values.allSatisfy({ Elementwise.isFinite($0) }) { return gradients }
        }
      }
      throw PruningError.probeUnavailable(
        method: "synflow", reason: "the flow of magnitudes leaves the range of single precision")
    }
  }

  /// Sum of the outputs for an input of ones times `input`; nil if it is not finite.
  ///
  /// Gradients are left where `upstream` is given.
  private func flow(input: Float, upstream: Float? = nil) -> Float? {
    let shape = loader.batch(epoch: 0, index: 0).shape
    let tape = upstream.map { _ in Tape() }
    let ones = Tensor(repeating: input, shape: [1, shape.channels, shape.height, shape.width])
    let outputs = network(Variable(ones), Pass(.evaluation, tape: tape))
    if let tape, let upstream {
      network.clearGradients()
      tape.backward(from: outputs, upstream: Tensor(repeating: upstream, shape: outputs.shape))
    }
    let sum = outputs.value.elements.reduce(0, +)
    return sum.isFinite ? sum : nil
  }

  private static func powerOfTen(_ exponent: Int) -> Float { (0..<abs(exponent)).reduce(1) { power, _ in power / 10 } }

  func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] {
    let images = batches(examples: examples, half: nil).map(\.images)
    let maps = images.map { network.featureMaps(of: groups.map(\.group), images: $0) }
    return groups.map { group in
      let parts = maps.compactMap { $0[group.path] }
      let elements = parts.flatMap(\.elements)
      var extents = parts[0].shape.extents
      extents[0] = elements.count / max(1, extents.dropFirst().reduce(1, *))
      return Tensor(elements, shape: Shape(extents))
    }
  }

  /// The first training examples of the first epoch's order, as training sees them, in batches.
  private func batches(examples: Int, half: Int?) -> [(images: Tensor, labels: [Int])] {
    var left = min(examples, loader.batchesPerEpoch * loader.batchSize)
    var batches: [(images: Tensor, labels: [Int])] = []
    var index = 0
    while left > 0 {
      let batch = loader.batch(epoch: 0, index: index)
      var range = 0..<min(left, batch.count)
      left -= range.count
      index += 1
      // Halves of every batch, so that both see as much.
      if let half, range.count > 1 { range = half == 0 ? 0..<range.count / 2 : range.count / 2..<range.count }
      let pixels = batch.shape.channels * batch.shape.height * batch.shape.width
      batches.append(
        (
          Tensor(
            Array(batch.pixels[range.lowerBound * pixels..<range.upperBound * pixels]),
            shape: [range.count, batch.shape.channels, batch.shape.height, batch.shape.width]),
          Array(batch.labels[range])
        ))
    }
    return batches
  }

  private func collectGradients() -> [String: Tensor] {
    var gradients: [String: Tensor] = [:]
    for (path, parameter) in network.parameters { gradients[path] = parameter.gradient }
    network.clearGradients()
    return gradients
  }

  /// Runs `body` with what is stored, and brings weights, statistics and gradients back to what they were.
  private func preservingNetwork<Result>(_ body: () throws -> Result) rethrows -> Result {
    let values = network.parameters.map {
      (parameter: $0.parameter, value: $0.parameter.value, effective: $0.parameter.effective, $0.parameter.gradient)
    }
    let statistics = network.statistics.map { ($0.statistics, $0.statistics.mean, $0.statistics.variance) }
    for (parameter, _, _, _) in values { parameter.effective = nil }
    network.clearGradients()
    defer {
      for (parameter, value, effective, gradient) in values {
        (parameter.value, parameter.effective, parameter.gradient) = (value, effective, gradient)
      }
      for (own, mean, variance) in statistics { (own.mean, own.variance) = (mean, variance) }
    }
    return try body()
  }
}
