import Kernels
import Networks

/// A frozen encoder compiled for batches of one shape: kernels chosen, weights packed, memory laid out.
///
/// A run allocates no activations. Weights are those that the network had when it was frozen. Where the first position is
/// pooled, the last layer is computed for that position alone, as in the training engine.
package final class TokenPlan {
  package let batch: Int
  /// Tokens of a sequence, padding included.
  package let length: Int
  /// In the order of the computation.
  package let layers: [PlannedLayer]
  /// Bytes of all activations together.
  package let activationBytes: Int
  private let steps: [TokenStep]
  private let values: [ImagePlanes]
  private let mask: TokenMask

  /// Plan for `batch` sequences of `length` tokens, padding included.
  ///
  /// - Precondition: `batch` and `length` above 0.
  /// - Throws: `InferenceError.tooManyTokens` for sequences longer than the table of positions.
  /// - Cost: with `measured`, some runs of every product in each implementation.
  package init(
    _ encoder: FrozenEncoder, batch: Int, length: Int, choice: KernelChoice = .measured
  ) throws(InferenceError) {
    let positions = encoder.config.encoder.positions
    guard length <= positions else { throw .tooManyTokens(length, positions: positions) }
    let layout = TokenLayout(batch: batch, length: length)
    var builder = TokenPlanBuilder(layout, choice: choice)
    builder.append(encoder)
    self.batch = batch
    self.length = length
    layers = builder.layers
    steps = builder.steps
    mask = TokenMask(layout)
    let memory = MemoryPlan(builder.lifetimes)
    activationBytes = memory.count * MemoryLayout<Float>.stride
    let planes = PlaneMemory(count: memory.count)
    values = zip(builder.shapes, memory.offsets).map { ImagePlanes($0, in: planes, at: $1) }
  }

  /// Scores of every sequence.
  ///
  /// - Shapes: result [batch, outputs].
  /// - Precondition: `tokens` has the plan's batch and length and indices within the tables; a token of each sequence
  ///   counts.
  package func callAsFunction(_ tokens: TokenBatch) -> Tensor {
    start(tokens)
    for step in steps { step.run(tokens, mask, values) }
    return scores
  }

  /// Scores, with the seconds that each of `layers` took.
  package func timed(_ tokens: TokenBatch) -> (scores: Tensor, seconds: [Double]) {
    start(tokens)
    let seconds = steps.map { step in
      let start = ContinuousClock.now
      step.run(tokens, mask, values)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    return (scores, seconds)
  }

  private func start(_ tokens: TokenBatch) {
    precondition(
      tokens.batch == batch && tokens.length == length,
      "inference plan for \(batch) sequences of \(length) tokens: \(tokens.batch) of \(tokens.length)")
    mask.fill(from: tokens.isToken)
  }

  /// The first token of every sequence of the last value.
  private var scores: Tensor {
    guard let last = values.last else { preconditionFailure("inference plan without values") }
    let (outputs, width) = (last.shape[1], last.shape[3])
    let planes = last.tensor.elements
    return Tensor((0..<batch * outputs).map { planes[$0 * width] }, shape: [batch, outputs])
  }
}
