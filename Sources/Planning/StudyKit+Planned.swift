import Pruning
import StudyKit

extension Metric {
  var planned: Plan.Metric {
    switch self {
    case .top1: .top1
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
    }
  }
}

extension Published {
  var planned: Plan.Published {
    Plan.Published(
      model: model, dataset: dataset, method: method, structure: (structure?.config ?? .unstructured).name,
      sparsity: structure?.sparsity ?? 0, top1: top1, source: source, note: note)
  }
}
