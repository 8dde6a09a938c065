import Autodiff
import Datasets
import Inference
import Kernels
import Networks
import Planning
import RunStore
import Training

/// A run's network on the whole test set, by its inference plan.
package struct TestSet: Encodable {
  package let run: String
  package let examples: Int
  package let correct: Int
  /// Examples that the training engine, with the same weights, puts into another class.
  package let classifiedOtherwise: Int
  package let top1: Double
  /// What the run recorded; nil if it has no such number.
  package let recorded: Double?

  private static let batch = 250

  /// - Throws: `DatasetError`, `DeploymentError`, `InferenceError.unsupportedLayer`.
  /// - Cost: the test set in the plan and in the training engine.
  package init(_ model: DeployedModel, run: RunRow, spec: RunSpec, datasets: DatasetStore) throws {
    guard case .images(let network) = model.network else {
      throw DeploymentError.noPlan(name: model.name, network: model.config.description)
    }
    let test = try datasets.load(spec.data.dataset).split(replicate: run.replicate, config: spec.data).test
    let loader = ImageLoader(evaluating: test, batchSize: Self.batch)
    let graph = network.frozenGraph()
    var plan: InferencePlan?
    var (correct, others) = (0, 0)
    for index in 0..<loader.batchesPerEpoch {
      let batch = loader.batch(epoch: 0, index: index)
      let images = Tensor(
        batch.pixels, shape: [batch.count, batch.shape.channels, batch.shape.height, batch.shape.width])
      // The last batch may be shorter.
      if plan?.inputShape != images.shape { plan = try InferencePlan(graph, input: images.shape) }
      guard let plan else { continue }
      let classes = Self.classes(plan(images))
      correct += zip(classes, batch.labels).count { $0 == $1 }
      let engine = Self.classes(network(Variable(images), Pass(.evaluation)).value)
      others += zip(classes, engine).count { $0 != $1 }
    }
    self.run = run.run
    examples = test.count
    self.correct = correct
    classifiedOtherwise = others
    top1 = Double(correct) / Double(test.count)
    recorded = run.top1
  }

  /// Whether the accuracy is the recorded one, example for example as far as that can be told.
  package var agrees: Bool { recorded == top1 }

  /// The position of each row's largest score; of equal scores the first, as in training.
  ///
  /// - Shapes: `scores` [N, classes]; result N.
  private static func classes(_ scores: Tensor) -> [Int] {
    let (values, width) = (scores.elements, scores.shape[1])
    return (0..<scores.shape[0]).map { row in
      (0..<width).reduce(0) { values[row * width + $1] > values[row * width + $0] ? $1 : $0 }
    }
  }
}
