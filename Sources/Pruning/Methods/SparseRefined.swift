/// SR-STE: the N:M pattern of largest magnitudes at every step, while every weight gets the gradient as if it were there
/// and pruned ones are pulled to zero.
///
/// - Source: Zhou et al., "Learning N:M fine-grained structured sparse neural networks from scratch", 2021,
///   arXiv 2102.04010.
package struct SparseRefined: PruningMethod {
  private let pull: Double

  package init(pull: Double) {
    self.pull = pull
  }

  package var ramp: Ramp { .beforeTraining }
  package var storage: MethodConfig.Storage { .shadow }
  package var selection: SelectionTime { .everyStep }
  package var gradient: GradientRule { .straightThrough(pull: pull) }
}
