import Autodiff
import Kernels

extension BertClassifier {
  /// Takes the encoder's parameters from `tensors`; the head stays as it is.
  ///
  /// The pooler is part of what was pre-trained, but many published encoders come without: where the first position is
  /// pooled it is taken if it is there and stays as it is otherwise, and where the mean is pooled it is left aside.
  ///
  /// - Shapes: tensors under the names of published checkpoints with the prefix `bert.`, such as
  ///   `bert.encoder.layer.0.attention.self.query.weight`.
  /// - Throws: `WeightsError.mismatch` with every missing, unused and misshapen path; nothing is loaded then. Half a
  ///   pooler counts as missing the other half.
  package func loadEncoder(_ tensors: [String: Tensor]) throws(WeightsError) {
    let poolerPrefix = "bert.pooler."
    let given = tensors.keys.filter { config.pooling == .firstPosition || !$0.hasPrefix(poolerPrefix) }
    let hasPooler = given.contains { $0.hasPrefix(poolerPrefix) }
    let own = parameters.filter { path, _ in
      path.hasPrefix("bert.") && (hasPooler || !path.hasPrefix(poolerPrefix))
    }
    let paths = Set(own.map(\.path))
    let missing = own.map(\.path).filter { tensors[$0] == nil }.sorted()
    let unused = given.filter { !paths.contains($0) }.sorted()
    let misshapen = own.compactMap { path, parameter -> String? in
      guard let shape = tensors[path]?.shape, shape != parameter.shape else { return nil }
      return "'\(path)' has shape \(shape), expected \(parameter.shape)"
    }
    guard missing.isEmpty, unused.isEmpty, misshapen.isEmpty else {
      throw .mismatch(missing: missing, unused: unused, misshapen: misshapen.sorted())
    }
    for (path, parameter) in own { if let value = tensors[path] { parameter.value = value } }
  }
}
