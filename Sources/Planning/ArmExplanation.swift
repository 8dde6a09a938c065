import Datasets
import Networks
import Pruning
import Training

/// What the runs of an arm will do to its network, worked out before the first of them.
package struct ArmExplanation: Encodable, Equatable, Sendable {
  /// Names of the arms with this configuration.
  package let arms: [String]
  /// Spec id of their runs.
  package let spec: String
  /// The network with its width, such as `mobilenet-v1 x0.25`.
  package let model: String
  /// What the network reads, such as `images 3x32x32` or `texts of up to 64 tokens`.
  package let input: String
  /// Name of the arm whose weights the runs start from; nil for new ones.
  package let start: String?
  /// Name of the arm whose network teaches; nil for none.
  package let teacher: String?
  /// What is done; nil if the runs cannot start.
  package let pruning: PruningExplanation?
  /// Why the runs cannot start; empty if they can.
  package let fault: String
}

extension Planner {
  /// What the arms of `plan` do, arms with equal configurations together, in the plan's order.
  ///
  /// With `arm`, that arm's alone.
  ///
  /// - Throws: `PlanningError.unknownFilterValue` if the plan has no arm `arm`.
  package func explanations(of plan: Plan, arm: String? = nil) throws(PlanningError) -> [ArmExplanation] {
    let names = plan.arms.map(\.name)
    if let arm, !names.contains(arm) { throw .unknownFilterValue(key: .arm, value: arm, available: names) }
    var specs: [String] = []
    for own in plan.arms where !specs.contains(own.spec) && (arm == nil || arm == own.name) { specs.append(own.spec) }
    return specs.compactMap { id in
      guard let spec = plan.specs[id], let facts = datasets.first(where: { $0.name == spec.data.dataset }) else {
        return nil
      }
      return explanation(of: spec, id: id, in: plan, facts)
    }
  }

  private func explanation(
    of spec: RunSpec, id: String, in plan: Plan, _ facts: DatasetFacts
  ) -> ArmExplanation {
    let (network, costs) = spec.emptyNetwork(facts)
    let stepsPerEpoch = spec.stepsPerEpoch(facts)
    func names(_ spec: String) -> [String] { plan.arms.filter { $0.spec == spec }.map(\.name) }
    let source = spec.budgetSource.flatMap { names($0).first }.map { "arm '\($0)'" }
    var pruning: PruningExplanation?
    var fault = ""
    do {
      pruning = try PruningExplanation(
        of: spec.pruning, network: network, costs: costs, stepsPerEpoch: stepsPerEpoch,
        totalSteps: spec.totalSteps(facts), source: source)
    } catch {
      fault = "\(error)"
    }
    return ArmExplanation(
      arms: names(id), spec: id, model: spec.model.description, input: spec.input(facts),
      start: spec.start.flatMap { names($0).first }, teacher: spec.teacher.flatMap { names($0).first },
      pruning: pruning, fault: fault)
  }
}

extension RunSpec {
  /// The network with zero weights, and its costs for one example.
  ///
  /// - Precondition: the network reads what the data set holds.
  func emptyNetwork(_ facts: DatasetFacts) -> (any PrunableNetwork, [LayerCost]) {
    switch (model, facts.content) {
    case (.images(let config), .images(_, let height, let width, _)):
      let network = Network(config)
      return (network, network.costs(imageHeight: height, imageWidth: width))
    case (.text(let config), _):
      let network = BertClassifier(config.network)
      return (network, network.costs(length: config.longestText(data)))
    default: preconditionFailure("explanation: the planned network does not read '\(facts.name)'")
    }
  }

  fileprivate func input(_ facts: DatasetFacts) -> String {
    switch (facts.content, model) {
    case (.images(let channels, let height, let width, _), _): "images \(channels)x\(height)x\(width)"
    case (.text(let task, _), .text(let config)):
      "\(task.isPair ? "pairs of texts" : "texts") of up to "
        + "\(config.longestText(data)) tokens"
    case (.text, .images): "texts"
    }
  }
}
