import Autodiff
import Kernels
import Networks
import Pruning

/// A network with the examples that it learns from and is measured on.
protocol Learner: AnyObject {
  var network: any PrunableNetwork { get }
  /// Cost of every layer for one example.
  var costs: [LayerCost] { get }
  var stepsPerEpoch: Int { get }
  /// Of the exported weights, for whoever finds the file.
  var exportMetadata: [String: String] { get }
  /// What methods that score weights may ask the network.
  var probe: any NetworkProbe { get }

  /// What is known of the data before the first step.
  var openingFacts: [TrainingFact] { get }
  /// Headline numbers of the data, beside those of the network.
  var closingNumbers: [(name: String, value: Double)] { get }

  /// Makes ready for the batches from `step` on.
  ///
  /// - Throws: `WeightsError` for a teacher's file.
  func begin(at step: Int) throws
  /// Lets go of what `begin` made ready.
  func end()
  /// Forward and backward pass of the next batch; gradients are left with the parameters.
  func learn(step: Int) -> BatchScore
  /// The layer where the values of the latest batch stop being finite, by going through the network once more.
  func firstNonFiniteLayer(step: Int) -> String?
  /// Scores on the examples of evaluation with the weights as they are; every example counts once.
  func evaluate() -> Score
  /// What the network costs without its masked channels, and how far its results are from the masked one's.
  ///
  /// `kept` has the channels left by the names of their groups.
  ///
  /// - Throws: what packing the smaller network throws.
  func shrunk(keeping kept: [String: [Int]]) throws -> ShrunkNetwork
}

extension Learner {
  var openingFacts: [TrainingFact] { [] }
  var closingNumbers: [(name: String, value: Double)] { [] }
}

/// What one training batch showed.
struct BatchScore: Equatable, Sendable {
  /// Mean loss.
  var loss: Double
  /// Examples classified correctly; nil where there are no classes.
  var correct: Int?
  var examples: Int
  /// Seconds that the step waited for the batch.
  var waited = 0.0
}

/// A network without its masked channels, beside the masked one.
struct ShrunkNetwork: Equatable, Sendable {
  /// Multiply-accumulate operations for one example.
  var macs: Int
  var parameters: Int
  /// Largest difference of results on the first examples of evaluation, as a fraction of the largest result.
  var deviation: Double
  /// Bytes of the compact file.
  var storedBytes: Int

  /// - Shapes: `masked` and `shrunk` [N, outputs].
  init(macs: Int, parameters: Int, storedBytes: Int, masked: Tensor, shrunk: Tensor) {
    self.macs = macs
    self.parameters = parameters
    self.storedBytes = storedBytes
    let (own, others) = (masked.elements, shrunk.elements)
    let largest = own.reduce(0) { max($0, abs($1)) }
    let difference = zip(own, others).reduce(0) { max($0, abs($1.0 - $1.1)) }
    deviation = largest > 0 ? Double(difference / largest) : Double(difference)
  }
}
