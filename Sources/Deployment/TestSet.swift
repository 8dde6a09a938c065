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

  /// - Throws: `DatasetError`, `DeploymentError`, `InferenceError`.
  /// - Cost: the test set in the plan and in the training engine; plans for every shape of a batch.
  package init(_ model: DeployedModel, run: RunRow, spec: RunSpec, datasets: DatasetStore) throws {
    let count =
      switch (model.network, model.config) {
      case (.images(let network), _):
        try Self.count(
          network, ImageLoader(evaluating: Self.images(spec, run, datasets), batchSize: Self.batch))
      case (.text(let classifier), .text(let config)):
        try Self.count(classifier, Self.texts(of: config, name: model.name, spec, run, datasets))
      case (.text, _):
        throw DeploymentError.noPlan(name: model.name, network: model.config.description, expected: "images")
      }
    self.run = run.run
    examples = count.examples
    correct = count.correct
    classifiedOtherwise = count.others
    top1 = Double(count.correct) / Double(count.examples)
    recorded = run.top1
  }

  /// How many examples there are, are classified correctly, and otherwise than by the training engine.
  struct Count {
    var examples = 0
    var correct = 0
    var others = 0

    /// Adds a batch by its scores.
    ///
    /// - Shapes: `plan` and `engine` [N, classes]; `labels` N.
    mutating func add(plan: Tensor, engine: Tensor, labels: [Int]) {
      let classes = TestSet.classes(plan)
      examples += labels.count
      correct += zip(classes, labels).count { $0 == $1 }
      others += zip(classes, TestSet.classes(engine)).count { $0 != $1 }
    }
  }

  private static func images(_ spec: RunSpec, _ run: RunRow, _ datasets: DatasetStore) throws -> ImageSubset {
    try datasets.load(spec.data.dataset).split(replicate: run.replicate, config: spec.data).test
  }

  private static func count(_ network: Network, _ loader: ImageLoader) throws -> Count {
    let graph = network.frozenGraph()
    var plan: InferencePlan?
    var count = Count()
    for index in 0..<loader.batchesPerEpoch {
      let batch = loader.batch(epoch: 0, index: index)
      let images = Tensor(
        batch.pixels, shape: [batch.count, batch.shape.channels, batch.shape.height, batch.shape.width])
      // The last batch may be shorter.
      if plan?.inputShape != images.shape { plan = try InferencePlan(graph, input: images.shape) }
      guard let plan else { continue }
      count.add(
        plan: plan(images), engine: network(Variable(images), Pass(.evaluation)).value, labels: batch.labels)
    }
    return count
  }

  /// Whether the accuracy is the recorded one; of a run that recorded none, whether every class is that of the training
  /// engine.
  package var agrees: Bool { recorded.map { $0 == top1 } ?? (classifiedOtherwise == 0) }

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
