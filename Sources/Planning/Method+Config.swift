import Pruning
import StudyKit

extension Method {
  /// The method's name in messages, plans and tables.
  var name: String { config(epochs: 1).name }

  /// The method as the engine knows it; `epochs` is the length of a training.
  func config(epochs: Int) -> MethodConfig {
    switch self {
    case .dense: .dense
    case .pdp(let temperature, let threshold): .pdp(temperature: temperature.config, threshold: threshold.config)
    case .gmp: .gmp(storage: .shadow)
    case .gmpNested: .gmp(storage: .projected)
    case .oneShot: .oneShot
    case .iterativeMagnitude(let rounds, let rewind):
      .iterativeMagnitude(rounds: rounds, rewindEpochs: rewind.epochs(of: epochs))
    case .dnw: .dnw
    case .acdc: .acdc
    case .random: .random
    case .set(let share, let interval, let until): .set(share: share, interval: interval, until: until)
    case .rigL(let share, let interval, let until): .rigL(share: share, interval: interval, until: until)
    case .graNet(let initial, let share, let interval):
      .graNet(initialSparsity: initial, share: share, interval: interval)
    case .str(let initial, let decay): .str(initial: initial, decay: decay)
    case .continuousSparsification(let initial, let penalty, let sharpness, let selection):
      .continuousSparsification(
        initial: initial, penalty: penalty, sharpness: sharpness, selection: selection.config)
    case .optG(let steepness): .optG(steepness: steepness)
    case .movement(let rate): .movement(scoreRate: rate)
    case .softMovement(let rate, let threshold, let penalty):
      .softMovement(scoreRate: rate, threshold: threshold, penalty: penalty)
    case .snip(let examples): .snip(examples: examples)
    case .grasp(let examples): .grasp(examples: examples)
    case .synFlow(let rounds): .synFlow(rounds: rounds)
    case .srSTE(let pull): .srSTE(pull: pull)
    case .asp: .asp
    case .lbc: .lbc
    case .l1Norm: .l1Norm
    case .l2Norm: .l2Norm
    case .fpgm: .fpgm
    case .slimming(let penalty): .slimming(penalty: penalty)
    case .taylor(let examples): .taylor(examples: examples)
    case .hRank(let examples): .hRank(examples: examples)
    case .chip(let examples): .chip(examples: examples)
    }
  }
}

extension Method.Temperature {
  fileprivate var config: MethodConfig.Temperature {
    switch self {
    case .absolute(let tau): .absolute(tau)
    case .relative(let kappa): .relative(kappa)
    }
  }
}

extension Method.Threshold {
  fileprivate var config: MethodConfig.ThresholdGradient? {
    switch self {
    case .constant: nil
    case .attached: .attached
    }
  }
}

extension Method.Selection {
  fileprivate var config: MethodConfig.Selection {
    switch self {
    case .sign: .sign
    case .highest: .highest
    }
  }
}
