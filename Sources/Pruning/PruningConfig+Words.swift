import Networks

/// A share in percent, with as many decimals as it needs up to two.
func percent(_ share: Double) -> String {
  let hundredths = Int((share * 10_000).rounded())
  let (whole, rest) = (hundredths / 100, hundredths % 100)
  if rest == 0 { return "\(whole) %" }
  return rest % 10 == 0 ? "\(whole).\(rest / 10) %" : "\(whole).\(rest < 10 ? "0" : "")\(rest) %"
}

func percent(_ part: Int, of whole: Int) -> String { percent(Double(part) / Double(max(1, whole))) }

extension PruningConfig {
  /// How weights that are pruned are treated in training.
  var explainedGradient: PruningExplanation.Gradient {
    switch resolvedMethod {
    case nil: .none
    case let method as any SoftPruningMethod: .soft(isThresholdAttached: method.isThresholdAttached)
    case let method as any LearnedMethod: .learnt(isSoft: method.isSoft)
    case let method?:
      switch method.gradient {
      case .masked: .masked
      case .straightThrough(let pull): .straightThrough(pull: pull)
      }
    }
  }

  /// What a global budget ranks.
  private var ranked: String {
    switch resolvedMethod {
    case is any LearnedMethod: "learnt scores"
    case is any InitialScoring: "scores before training"
    case is any ChannelScoring: "scores of channels"
    default: budget.isNormalized == true ? "magnitudes over their root mean square" : "magnitude"
    }
  }

  /// How the network's sparsity is shared out over its layers.
  func explainedBudget(_ source: String?) -> String {
    if method == .dense { return "nothing is pruned" }
    if case .groups = structure { return "the pattern says it; caps, floors and rules have no say" }
    if method.isEmergent {
      guard let search else { return "none: training decides, layer by layer" }
      return "none: training decides, and is done again until within \(percent(search.tolerance)), "
        + "at most \(search.trials) times"
    }
    let rule =
      switch budget.rule {
      case .global: "one ranking of all by \(ranked), \(rankingTime)"
      case .uniform: "the same share of every layer"
      case .erk: "by extents (ERK)"
      case .transferred: "shares of \(source ?? "another run")"
      }
    let floor = budget.floor.map { ", at least \(percent($0)) of a layer" } ?? ""
    return rule + ", at most \(percent(budget.cap)) of a layer" + floor
  }

  private var rankingTime: String {
    switch resolvedMethod?.ranking {
    case .once: "when pruning starts"
    default: "at every update"
    }
  }

  /// Where the sparsity of one target comes from.
  func explainedRule(for target: any PruningTarget, _ source: String?) -> String {
    if case .groups(let keeping, let size) = structure {
      return "pattern \(structure.name) = \(percent(size - keeping, of: size))"
    }
    if method.isEmergent { return "decided by training" }
    let limits = LayerLimits(budget, path: target.path)
    let from = limits.rules.isEmpty ? "" : " (rule '\(limits.rules.joined(separator: "', '"))')"
    if let sparsity = limits.sparsity { return percent(sparsity) + from }
    if limits.cap == 0 { return "dense" + from }
    let share =
      switch budget.rule {
      case .global: "ranked globally"
      case .uniform: "uniform share"
      case .erk: "ERK share"
      case .transferred: "share of \(source ?? "another run")"
      }
    return share + ", at most \(percent(limits.cap))"
      + (limits.floor > 0 ? ", at least \(percent(limits.floor))" : "") + from
  }
}

extension MethodConfig {
  /// The method's numbers and choices.
  var explainedSettings: [PruningExplanation.Setting] {
    var result = settings.map { PruningExplanation.Setting(name: $0.name, value: $0.value) }
    switch self {
    case .pdp(let temperature, _):
      let value =
        switch temperature {
        case .absolute(let tau): "\(tau)"
        case .relative(let kappa): "\(kappa) t^2"
        }
      result.append(PruningExplanation.Setting(name: "temperature", value: value))
    case .continuousSparsification(_, _, _, let selection):
      result.append(PruningExplanation.Setting(name: "selection", value: selection.rawValue))
    default: break
    }
    return result
  }
}

extension LayerPolicy {
  /// What becomes of the three kinds of special layers.
  var explained: String {
    let parts = [("stem", prunesStem), ("depthwise", prunesDepthwise), ("classifier", prunesClassifier)]
    return parts.map { "\($0.0) \($0.1 ? "pruned" : "dense")" }.joined(separator: ", ")
  }
}
