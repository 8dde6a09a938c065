/// Iterative magnitude pruning with rewinding: train, take the same share of what is left away, return the rest to the
/// values of an early epoch, and train again, round by round.
///
/// Every round is a training of its own, with the learning rate's schedule from the rewound epoch on: a run takes
/// `rounds` more trainings, less what is rewound past.
///
/// - Source: Frankle, Dziugaite, Roy, Carbin, "Linear mode connectivity and the lottery ticket hypothesis", 2020,
///   arXiv 1912.05671; facebookresearch/open_lth.
/// - Note: the share of a round follows from their number, so that the last one ends at the target exactly; the source
///   takes 20 % and ends where that leads.
package struct IterativeMagnitude: PruningMethod {
  private let rounds: Int
  private let rewindEpochs: Double
  private let sparsity: Double

  package init(rounds: Int, rewindEpochs: Double, sparsity: Double) {
    self.rounds = rounds
    self.rewindEpochs = rewindEpochs
    self.sparsity = sparsity
  }

  package var ramp: Ramp { .rounds(rounds, rewindEpochs: rewindEpochs, sparsity: sparsity) }
}
