import Kernels
import Networks

/// A frozen network compiled for images of one shape: kernels chosen, weights packed, memory laid out.
///
/// A run allocates no activations. Weights are those that the network had when it was frozen.
package final class InferencePlan {
  /// [N, C, H, W].
  package let inputShape: Shape
  /// In the order of the computation.
  package let layers: [PlannedLayer]
  /// Bytes of all activations together.
  package let activationBytes: Int
  private let steps: [PlanStep]
  private let values: [ImagePlanes]

  /// - Throws: `InferenceError.unsupportedLayer`.
  /// - Cost: with `measured`, some runs of every layer in each implementation.
  package init(_ graph: FrozenGraph, input: Shape, choice: KernelChoice = .measured) throws(InferenceError) {
    precondition(input.rank == 4, "inference plan for images of shape \(input)")
    let builder = try PlanBuilder(graph, input: input, choice: choice)
    inputShape = input
    layers = builder.layers
    steps = builder.steps
    let memory = MemoryPlan(builder.lifetimes)
    activationBytes = memory.count * MemoryLayout<Float>.stride
    let planes = PlaneMemory(count: memory.count)
    values = zip(builder.values, memory.offsets).map { ImagePlanes($0, in: planes, at: $1) }
  }

  /// Scores of `images`.
  ///
  /// - Shapes: `images` as `inputShape`; result [N, classes].
  package func callAsFunction(_ images: Tensor) -> Tensor {
    start(images)
    for step in steps { step.run(values) }
    return scores
  }

  /// Scores, with the seconds that each of `layers` took.
  package func timed(_ images: Tensor) -> (scores: Tensor, seconds: [Double]) {
    start(images)
    let seconds = steps.map { step in
      let start = ContinuousClock.now
      step.run(values)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    return (scores, seconds)
  }

  private func start(_ images: Tensor) {
    precondition(images.shape == inputShape, "inference plan for \(inputShape): images \(images.shape)")
    values[0].fill(from: images)
  }

  /// The last value as images by classes.
  private var scores: Tensor {
    guard let last = values.last else { preconditionFailure("inference plan without values") }
    let tensor = last.tensor
    let (count, classes) = (inputShape[0], last.shape[1])
    if last.shape[0] == count { return tensor.reshaped(to: [count, classes]) }
    // Planes of features, whose pixels are the images.
    let planes = tensor.elements
    var scores: [Float] = []
    for image in 0..<count { scores += (0..<classes).map { planes[$0 * count + image] } }
    return Tensor(scores, shape: [count, classes])
  }
}
