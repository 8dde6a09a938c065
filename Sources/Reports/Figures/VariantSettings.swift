import Planning
import Pruning
import Training

/// What may tell two arms of one method apart besides the sparsity.
struct VariantSettings {
  /// As printed, in an order that depends on the method alone; empty where there is nothing to say.
  let texts: [String]

  init(of arm: Plan.Arm, in plan: Plan) {
    guard let spec = plan.specs[arm.spec] else {
      texts = [arm.structure]
      return
    }
    let pruning = spec.pruning
    let circumstances = Circumstances(of: arm, in: plan)
    let start = spec.start.map { id in "from \(Self.name(of: id, in: plan))" }
    texts =
      [arm.structure] + Self.bounds(pruning.structure) + Self.texts(of: pruning.method) + [
        Self.rule(pruning.budget, source: spec.budgetSource, in: plan),
        "cap \(Self.percent(pruning.budget.cap))",
        pruning.budget.floor.map { "floor \(Self.percent($0))" } ?? "",
        (pruning.budget.layers ?? []).map(Self.text).joined(separator: ", "),
        "warm-up \(NumberText.shortest(pruning.schedule.warmupEpochs)) epochs",
        "ramp \(NumberText.shortest(pruning.schedule.rampEpochs)) epochs",
        "\(spec.training.epochs) epochs",
        circumstances?.layers ?? "",
        start ?? "",
        pruning.search == nil ? "" : "searched",
      ]
  }

  private static func name(of spec: String, in plan: Plan) -> String {
    plan.arms.first { $0.spec == spec }?.name ?? "another study"
  }

  private static func percent(_ fraction: Double) -> String { "\(NumberText.shortest(100 * fraction)) %" }

  private static func rule(_ budget: Budget, source: String?, in plan: Plan) -> String {
    switch budget.rule {
    case .global: budget.isNormalized == true ? "normalized global budget" : "global budget"
    case .uniform: "uniform budget"
    case .erk: "erk budget"
    case .transferred: "budget of \(source.map { name(of: $0, in: plan) } ?? "another run")"
    }
  }

  private static func text(of rule: LayerRule) -> String {
    switch rule.treatment {
    case .dense: "\(rule.pattern) dense"
    case .sparsity(let sparsity): "\(rule.pattern) \(percent(sparsity))"
    case .cap(let cap): "\(rule.pattern) cap \(percent(cap))"
    case .floor(let floor): "\(rule.pattern) floor \(percent(floor))"
    }
  }

  private static func bounds(_ structure: Structure) -> [String] {
    guard case .channels(let minimum, let multiple) = structure else { return ["", ""] }
    return [
      minimum > 1 ? "at least \(minimum) channels" : "", multiple > 1 ? "multiples of \(multiple) channels" : "",
    ]
  }

  /// The method's numbers; equally many for all arms of a method.
  private static func texts(of method: MethodConfig) -> [String] {
    func named(_ values: [(String, Double)]) -> [String] { values.map { "\($0.0) \(NumberText.shortest($0.1))" } }
    return switch method {
    case .dense, .gmp, .oneShot, .dnw, .acdc, .random, .asp, .lbc, .l1Norm, .l2Norm, .fpgm: []
    case .pdp(.absolute(let tau), let threshold):
      ["τ = \(NumberText.shortest(tau))", threshold == nil ? "" : "threshold \(threshold?.rawValue ?? "")"]
    case .pdp(.relative(let kappa), let threshold):
      ["τ = \(NumberText.shortest(kappa)) t²", threshold == nil ? "" : "threshold \(threshold?.rawValue ?? "")"]
    case .iterativeMagnitude(let rounds, let rewind):
      ["\(NumberText.counted(rounds, "round"))", "rewind to \(NumberText.shortest(rewind)) epochs"]
    case .set(let share, let interval, let until), .rigL(let share, let interval, let until):
      named([("share", share), ("interval", Double(interval)), ("until", until)])
    case .graNet(let initial, let share, let interval):
      named([("from", initial), ("share", share), ("interval", Double(interval))])
    case .str(let initial, let decay): named([("initial", initial), ("decay", decay)])
    case .continuousSparsification(let initial, let penalty, let sharpness, let selection):
      named([("initial", initial), ("penalty", penalty), ("sharpness", sharpness)]) + ["by \(selection.rawValue)"]
    case .optG(let steepness): named([("steepness", steepness)])
    case .movement(let rate): named([("score rate", rate)])
    case .softMovement(let rate, let threshold, let penalty):
      named([("score rate", rate), ("threshold", threshold), ("penalty", penalty)])
    case .snip(let examples), .grasp(let examples), .taylor(let examples), .hRank(let examples), .chip(let examples):
      ["\(NumberText.counted(examples, "example"))"]
    case .synFlow(let rounds): ["\(NumberText.counted(rounds, "round"))"]
    case .srSTE(let pull): named([("pull", pull)])
    case .slimming(let penalty): named([("penalty", penalty)])
    }
  }
}
