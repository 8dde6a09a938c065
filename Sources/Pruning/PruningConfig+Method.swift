extension PruningConfig {
  /// The method itself; nil for dense training, which has nothing to decide.
  ///
  /// - Precondition: a validated configuration.
  package var resolvedMethod: (any PruningMethod)? {
    switch method {
    case .dense: nil
    case .pdp(let temperature, let threshold): PDP(temperature: temperature, threshold: threshold)
    case .gmp(let storage): GradualMagnitude(storage: storage)
    case .oneShot: OneShotMagnitude()
    case .iterativeMagnitude(let rounds, let rewindEpochs):
      IterativeMagnitude(rounds: rounds, rewindEpochs: rewindEpochs, sparsity: sparsity)
    case .dnw: NeuralWirings()
    case .acdc: AlternatingCompression()
    case .random: RandomPruning()
    case .set(let share, let interval, let until): SparseEvolution(share: share, interval: interval, until: until)
    case .rigL(let share, let interval, let until): RiggedLottery(share: share, interval: interval, until: until)
    case .graNet(let initialSparsity, let share, let interval):
      GradualRegrowth(initialSparsity: initialSparsity, share: share, interval: interval, sparsity: sparsity)
    case .str(let initial, let decay): SoftThresholdReparameterization(initial: initial, decay: decay)
    case .continuousSparsification(let initial, let penalty, let sharpness, let selection):
      ContinuousSparsification(initial: initial, penalty: penalty, sharpness: sharpness, selection: selection)
    case .optG(let steepness): OptimizedGradients(steepness: steepness)
    case .movement(let scoreRate): Movement(scoreRate: scoreRate, isGlobal: budget.rule == .global)
    case .softMovement(let scoreRate, let threshold, let penalty):
      SoftMovement(scoreRate: scoreRate, threshold: threshold, penalty: penalty)
    case .snip(let examples): Snip(examples: examples)
    case .grasp(let examples): GradientFlow(examples: examples)
    case .synFlow(let rounds): SynapticFlow(rounds: rounds)
    case .srSTE(let pull): SparseRefined(pull: pull)
    case .asp: AutomaticSparsity()
    case .lbc:
      if case .groups(let keeping, let size) = structure {
        LearnedCombinations(keeping: keeping, of: size)
      } else {
        nil
      }
    case .l1Norm: FilterNorm(.l1)
    case .l2Norm: FilterNorm(.l2)
    case .fpgm: GeometricMedian()
    case .slimming(let penalty): NetworkSlimming(penalty: penalty)
    case .taylor(let examples): TaylorExpansion(examples: examples)
    case .hRank(let examples): FeatureRank(examples: examples)
    case .chip(let examples): ChannelIndependence(examples: examples)
    }
  }
}
