/// One-shot magnitude pruning: dense training, then the smallest magnitudes go at once, then fine-tuning.
///
/// Pruning happens where the schedule's ramp ends; the learning rate's schedule goes on unchanged.
///
/// - Source: Han, Pool, Tran, Dally, "Learning both weights and connections for efficient neural networks", 2015,
///   arXiv 1506.02626, with a single round.
package struct OneShotMagnitude: PruningMethod {
  package init() {}

  package var ramp: Ramp { .atEnd }
}
