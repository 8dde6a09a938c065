/// Gradual magnitude pruning: the smallest magnitudes go, more of them at every epoch edge, on a cubic ramp.
///
/// With shadow storage (`gmp`) the mask is taken from stored values, and a pruned weight comes back if others shrink
/// below it; momentum and weight decay still act on it. With projected storage (`gmp-nested`) the pruned set only grows.
///
/// - Source: Zhu, Gupta, "To prune, or not to prune: exploring the efficacy of pruning for model compression", 2017,
///   arXiv 1710.01878.
/// - Note: updates fall on epoch edges, not every 100 to 1000 steps as in the paper, and a global budget ranks all
///   layers together, where the paper prunes every layer alike.
package struct GradualMagnitude: PruningMethod {
  package let storage: MethodConfig.Storage

  package init(storage: MethodConfig.Storage) {
    self.storage = storage
  }

  package var ramp: Ramp { .cubic }
}
