import Autodiff
import Datasets
import Kernels
import Networks
import Pruning

/// Looks at a network and its training images for methods that score weights or channels.
struct ImageProbe: NetworkProbe {
  let network: Network
  let loader: ImageLoader

  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
    let batches = batches(examples: settings.examples, half: settings.half)
    let total = batches.reduce(0) { $0 + $1.labels.count }
    return network.preserved {
      for batch in batches {
        let tape = Tape()
        let logits = network(Variable(batch.images), Pass(settings.mode, tape: tape))
        let cooled = Elementwise.scaled(logits.value, by: Float(1 / settings.logitTemperature))
        let (_, gradient) = SoftmaxCrossEntropy.lossAndGradient(cooled, labels: batch.labels, labelSmoothing: 0)
        // The mean over all examples, not over this batch's.
        let share = Double(batch.labels.count) / Double(total) / settings.logitTemperature
        tape.backward(from: logits, upstream: Elementwise.scaled(gradient, by: Float(share)))
      }
      return network.takeGradients()
    }
  }

  func magnitudeFlow() throws -> [String: Tensor] {
    try network.preserved {
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
          let gradients = network.takeGradients()
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
}
