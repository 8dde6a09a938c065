import Autodiff

extension OptimizerConfig {
  /// An optimizer for `parameters`, all alike but for weight decay, or by `groups`.
  ///
  /// - Throws: `.emptyGroup`, `.ungrouped`.
  package func optimizer(
    for parameters: [(path: String, parameter: Parameter)], groups: [ParameterGroup]?
  ) throws(OptimizerError) -> any Optimizer {
    func grouped(_ weightDecay: Double, _ scope: DecayScope) throws(OptimizerError) -> [GroupedParameter] {
      guard let groups else { return GroupedParameter.ungrouped(parameters, weightDecay: weightDecay, scope: scope) }
      return try GroupedParameter.grouped(parameters, by: groups)
    }
    switch self {
    case .sgd(let config):
      return SGD(config, grouped: try grouped(config.weightDecay, config.decayScope))
    case .adam(let config):
      return Adam(config, decay: .ofGradients, grouped: try grouped(config.weightDecay, config.decayScope))
    case .adamW(let config):
      return Adam(config, decay: .ofWeights, grouped: try grouped(config.weightDecay, config.decayScope))
    }
  }
}
