/// ASP: a trained network is cut to the N:M pattern of largest magnitudes once, and tuned with the pattern fixed.
///
/// Pruning happens where the schedule's ramp ends; a study says with an arm's start from which network, and trains it
/// once more as that was trained.
///
/// - Source: Mishra et al., "Accelerating sparse deep neural networks", 2021, arXiv 2104.08378; NVIDIA/apex.
/// - Note: channels are not permuted first, and every layer whose input channels divide into groups takes part, where
///   the source asks for multiples of 16 inputs and 8 outputs.
package struct AutomaticSparsity: PruningMethod {
  package init() {}

  package var ramp: Ramp { .atEnd }
}
