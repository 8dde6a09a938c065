import Autodiff
import Datasets
import Kernels
import Networks
import Pruning

/// Looks at a network and its training texts for methods that score weights or channels.
struct TextProbe: NetworkProbe {
  let network: BertClassifier
  let loader: TextLoader
  let target: TextTask.Target

  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
    let batches = batches(examples: settings.examples, half: settings.half)
    let total = batches.reduce(0) { $0 + $1.count }
    return network.preserved {
      for (index, batch) in batches.enumerated() {
        let tape = Tape()
        let pass = Pass(settings.mode, tape: tape, seed: Seed(0).derived("probe/\(index)"))
        let results = network(batch.tokenBatch, pass)
        let share = Double(batch.count) / Double(total)
        let gradient: Tensor
        switch target {
        case .classes:
          let cooled = Elementwise.scaled(results.value, by: Float(1 / settings.logitTemperature))
          gradient = Elementwise.scaled(
            SoftmaxCrossEntropy.lossAndGradient(cooled, labels: batch.labels, labelSmoothing: 0).gradient,
            by: Float(share / settings.logitTemperature))
        case .score:
          gradient = Elementwise.scaled(
            MeanSquaredError.lossAndGradient(results.value, target: batch.scoreTensor).gradient, by: Float(share))
        }
        tape.backward(from: results, upstream: gradient)
      }
      return network.takeGradients()
    }
  }

  func magnitudeFlow() throws -> [String: Tensor] {
    throw PruningError.probeUnavailable(
      method: "synflow", reason: "a flow of magnitudes through layer normalisations and attention is not one of weights"
    )
  }

  func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] {
    throw PruningError.probeUnavailable(
      method: "feature maps", reason: "a network that reads text has no maps of heights and widths")
  }

  /// The first training examples of the first epoch's order, as training sees them, in batches.
  private func batches(examples: Int, half: Int?) -> [TextBatch] {
    var left = examples
    var batches: [TextBatch] = []
    for index in 0..<loader.batchesPerEpoch where left > 0 {
      let batch = loader.batch(epoch: 0, index: index)
      var range = 0..<min(left, batch.count)
      left -= range.count
      // Halves of every batch, so that both see as much.
      if let half, range.count > 1 { range = half == 0 ? 0..<range.count / 2 : range.count / 2..<range.count }
      batches.append(TextBatch(of: loader.texts, at: Array(batch.examples[range])))
    }
    return batches
  }
}
