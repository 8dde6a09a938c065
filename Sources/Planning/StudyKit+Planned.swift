import Pruning
import StudyKit

extension Metric {
  var planned: Plan.Metric {
    switch self {
    case .top1: .top1
    case .top1Mismatched: .top1Mismatched
    case .f1: .f1
    case .matthews: .matthews
    case .pearson: .pearson
    case .spearman: .spearman
    }
  }
}

extension Figure.Kind {
  var planned: Plan.Figure {
    switch self {
    case .accuracyVersusSparsity: .accuracyVersusSparsity
    case .curves: .curves
    case .sparsityOverTraining: .sparsityOverTraining
    case .sparsityByLayer: .sparsityByLayer
    case .sparsityByLayerAndStep: .sparsityByLayerAndStep
    case .sparsityByMatrix: .sparsityByMatrix
    case .sequenceLengths: .sequenceLengths
    case .claims: .claims
    }
  }
}

extension Published {
  var planned: Plan.Published {
    Plan.Published(
      model: model, dataset: dataset, method: method, structure: (structure?.config ?? .unstructured).name,
      sparsity: structure?.sparsity ?? 0, value: value, source: source, note: note,
      metric: metric == .top1 ? nil : metric.planned)
  }
}
