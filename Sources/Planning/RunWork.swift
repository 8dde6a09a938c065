import Datasets
import Kernels
import Networks
import Pruning
import Training

/// What carrying out a run of a configuration takes, whatever the machine.
package struct RunWork: Equatable, Sendable {
  /// Examples that training goes through: over all epochs, rounds, and the most trainings that a search may make.
  package var examples: Double
  /// Optimizer steps of one training, further rounds included.
  package var steps: Int
  /// Multiply-accumulate operations of the dense network for one example; for text, of the longest.
  package var macs: Int
  /// Bytes of the exported weights.
  package var weightsBytes: Int
  /// Bytes of a checkpoint.
  package var checkpointBytes: Int
  /// Bytes of the journal, about.
  package var journalBytes: Int

  /// Bytes on the disk when the run has ended: weights, checkpoints, and the journal, which is in the database again.
  package var diskBytes: Int { weightsBytes + StoredCheckpoint.kept * checkpointBytes + 2 * journalBytes }
}

/// Works out what configurations take, each network once.
package struct WorkBook {
  private let planner: Planner
  private var sizes: [(model: NetworkConfig, data: String, length: Int?, sizes: NetworkSizes)] = []

  private struct NetworkSizes {
    var macs: Int
    var parameters: Int
    /// Parameters and running statistics.
    var state: Int
    var layers: Int
  }

  package init(_ planner: Planner) {
    self.planner = planner
  }

  /// What a run of `spec` takes; nil for one whose data set the planner does not know, or that does not fit it.
  ///
  /// - Cost: makes the network, of zeros, the first time.
  package mutating func work(of spec: RunSpec) -> RunWork? {
    guard let facts = planner.datasets.first(where: { $0.name == spec.data.dataset }), spec.reads(facts) else {
      return nil
    }
    let sizes = sizes(of: spec, facts)
    let training = spec.training
    let moments: Int
    switch training.optimizer {
    case .sgd(let config): moments = config.momentum > 0 ? 1 : 0
    case .adam, .adamW: moments = 2
    }
    var copies = 4 * sizes.state + 4 * sizes.parameters * (moments + (training.averaging == nil ? 0 : 1))
    if case .iterativeMagnitude = spec.pruning.method { copies += 4 * sizes.state }
    let trainings = 1 + (spec.pruning.search?.trials ?? 0)
    let epochs = spec.trainedEpochs
    let evaluations = (epochs / Double(max(1, training.evaluationInterval))).rounded(.up)
    return RunWork(
      examples: Double(trainings) * epochs * Double(spec.data.trainingLimit ?? facts.trainingExamples),
      steps: spec.totalSteps(facts), macs: sizes.macs, weightsBytes: 4 * sizes.state, checkpointBytes: copies,
      journalBytes: Int(Self.lineBytes * (8 * epochs + evaluations * Double(sizes.layers + 4))))
  }

  /// Bytes of a line of a journal, about: what smoke and bench runs wrote, divided by their lines.
  private static let lineBytes = 250.0

  private mutating func sizes(of spec: RunSpec, _ facts: DatasetFacts) -> NetworkSizes {
    let length = spec.data.text?.maximumLength
    if let known = sizes.first(where: {
      $0.model == spec.model && $0.data == spec.data.dataset && $0.length == length
    }) {
      return known.sizes
    }
    let (network, costs) = spec.emptyNetwork(facts)
    let new = NetworkSizes(
      macs: costs.macs, parameters: network.parameterCount,
      state: network.state.values.reduce(0) { $0 + $1.shape.count }, layers: costs.count(where: \.hasWeight))
    sizes.append((spec.model, spec.data.dataset, length, new))
    return new
  }
}

extension RunSpec {
  /// Whether its network reads what the data set holds.
  fileprivate func reads(_ facts: DatasetFacts) -> Bool {
    switch (model, facts.content) {
    case (.images, .images), (.text, .text): true
    case (.images, .text), (.text, .images): false
    }
  }
}
