import Autodiff
import Kernels

extension BertClassifier {
  /// Cost of every layer for one sequence of `length` tokens.
  ///
  /// Attention has no weight, so its products stand as layers of their own: the shares of T queries over T keys, and the
  /// sums of T values under them.
  package func costs(length: Int) -> [LayerCost] {
    precondition(length > 0 && length <= config.encoder.positions, "costs of a sequence of \(length) tokens")
    var costs: [LayerCost] = []
    for (index, (path, parameter)) in parameters.enumerated() {
      let next = index + 1 < parameters.count ? parameters[index + 1].parameter : nil
      switch parameter.role {
      case .weight:
        let uses = path.hasPrefix("bert.encoder.") ? length : 1
        costs.append(
          LayerCost(
            path: path, operation: .linear, shape: parameter.shape, macs: parameter.shape.count * uses,
            otherParameters: next?.role == .bias ? next?.shape.count ?? 0 : 0))
        if path.hasSuffix("attention.self.value.weight") {
          costs.append(
            LayerCost(
              path: String(path.dropLast(".value.weight".count)), operation: .attention, shape: [0],
              macs: 2 * length * length * parameter.shape[0]))
        }
      case .embedding:
        costs.append(LayerCost(path: path, operation: .embedding, shape: parameter.shape, macs: 0))
      case .normalization where path.hasSuffix(".weight"):
        costs.append(
          LayerCost(
            path: path, operation: .normalization, shape: parameter.shape, macs: 0,
            otherParameters: next?.shape.count ?? 0))
      case .normalization, .bias: break
      }
    }
    return costs
  }
}
