import Networks
import Planning
import Pruning
import Training

/// What an arm's numbers depend on besides method, budget and schedule: two arms that differ in it are not put in an
/// order.
struct Circumstances: Equatable, Sendable {
  /// Epochs of all trainings that lead to the arm's network, as printed.
  var epochs: String
  /// Which special layers stay dense, as printed.
  var layers: String
  /// Where training starts, as printed.
  var start: String
  /// What the sparsity counts.
  var unit: String
  /// What is learnt from besides the labels, as printed.
  var teacher: String

  /// Nil if the plan lacks the arm's configuration.
  init?(of arm: Plan.Arm, in plan: Plan) {
    guard let spec = plan.specs[arm.spec] else { return nil }
    epochs = Self.epochs(of: spec)
    if case .text = spec.model {
      layers = "the encoder's linear maps"
    } else {
      layers = Self.layers(of: spec.pruning.policy)
    }
    start = spec.start.map { Self.start(from: $0, in: plan) } ?? "new weights"
    unit = spec.pruning.structure.prunesChannels ? "channels" : "weights"
    teacher = Self.teacher(of: spec, in: plan)
  }

  private static func teacher(of spec: RunSpec, in plan: Plan) -> String {
    guard let teacher = spec.teacher, let weights = spec.training.distillation else { return "labels alone" }
    let name = plan.arms.first { $0.spec == teacher }.map { Markdown.code($0.name) } ?? "a network of another study"
    let shares = [weights.teacherWeight, weights.taskWeight, weights.temperature].map { NumberText.shortest($0) }
    return "\(name) (\(shares[0]) teacher, \(shares[1]) labels, T \(shares[2]))"
  }

  private static func start(from spec: String, in plan: Plan) -> String {
    guard let arm = plan.arms.first(where: { $0.spec == spec }) else { return "those of another study" }
    return "those of \(Markdown.code(arm.name))"
  }

  /// Epochs of training, over all rounds of a method that trains in rounds.
  private static func epochs(of spec: RunSpec) -> String {
    guard case .iterativeMagnitude(let rounds, _) = spec.pruning.method else { return "\(spec.training.epochs)" }
    return "\(NumberText.shortest(spec.trainedEpochs)) in \(rounds + 1) trainings"
  }

  private static func layers(of policy: LayerPolicy?) -> String {
    guard let policy else { return "every layer" }
    let dense = [
      policy.prunesStem ? nil : "stem", policy.prunesDepthwise ? nil : "depthwise",
      policy.prunesClassifier ? nil : "classifier",
    ].compactMap(\.self)
    return dense.isEmpty ? "every layer" : "all but \(dense.joined(separator: ", "))"
  }

  /// What keeps `arm` and `rival` from being compared, each with both values; empty if nothing does.
  ///
  /// A dense network has nothing pruned: only its training counts.
  static func differences(_ arm: ArmSummary, _ rival: ArmSummary, in data: ReportData) -> [String] {
    guard let own = Circumstances(of: arm.arm, in: data.plan), let other = Circumstances(of: rival.arm, in: data.plan)
    else { return [] }
    var found = [("epochs", own.epochs, other.epochs), ("start from", own.start, other.start)]
    if arm.arm.isPruned && rival.arm.isPruned {
      found += [
        ("pruned layers", own.layers, other.layers), ("sparsity of", own.unit, other.unit),
        ("learn from", own.teacher, other.teacher),
      ]
    }
    var texts = found.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) and \($0.2)" }
    if arm.arm.isPruned, rival.arm.isPruned, own.unit == other.unit,
      let difference = sparsities(arm, rival, own.unit)
    {
      texts.append(difference)
    }
    return texts
  }

  /// Largest distance of two counted sparsities that are taken for the same, as a fraction: half a point.
  ///
  /// No source gives it; it is this workspace's convention, printed with every table of claims.
  static let tolerance = 0.005

  /// Counted sparsities that lie too far apart: of the prunable weights if these are as many in both arms, of all
  /// weights otherwise.
  private static func sparsities(_ arm: ArmSummary, _ rival: ArmSummary, _ unit: String) -> String? {
    var samples = [arm, rival].map(\.achieved)
    var name = "achieved sparsity"
    let totals = [arm, rival].map { $0.sample("weights-zero-total", dividedBy: "weights-total") }
    let prunable = [arm, rival].map { $0.sample("weights-prunable").mean }
    if unit == "weights", prunable[0] != prunable[1], totals.allSatisfy({ $0.count > 0 }) {
      samples = totals
      name = "sparsity of all weights"
    }
    guard let own = samples[0].mean, let other = samples[1].mean, abs(own - other) > tolerance + 1e-9 else {
      return nil
    }
    return "\(name) \(NumberText.percent(own)) % and \(NumberText.percent(other)) %"
  }

  /// What sets `self` apart from `common`, the setting of most arms.
  func oddities(from common: Circumstances, isPruned: Bool) -> [String] {
    var found = [("epochs", epochs, common.epochs), ("start from", start, common.start)]
    if isPruned {
      found += [
        ("pruned layers", layers, common.layers), ("sparsity of", unit, common.unit),
        ("learn from", teacher, common.teacher),
      ]
    }
    return found.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1), others \($0.2)" }
  }

  /// The value of each field that most of `arms` have, the first one's where several are as frequent.
  static func common(of arms: [Circumstances]) -> Circumstances? {
    guard var common = arms.first else { return nil }
    for field in [\Circumstances.epochs, \.layers, \.start, \.unit, \.teacher]
      as [WritableKeyPath<Circumstances, String>]
    {
      let values = arms.map { $0[keyPath: field] }
      var best = common[keyPath: field]
      for value in values where values.count(where: { $0 == value }) > values.count(where: { $0 == best }) {
        best = value
      }
      common[keyPath: field] = best
    }
    return common
  }
}

extension Structure {
  var prunesChannels: Bool {
    if case .channels = self { true } else { false }
  }
}

extension Plan.Arm {
  var isPruned: Bool { method != Plan.Arm.dense }
}
