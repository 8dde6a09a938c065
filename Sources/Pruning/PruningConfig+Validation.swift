import Autodiff

extension PruningConfig {
  /// Checks what can be known before the network and the data are.
  ///
  /// - Throws: the first fault, among them `.scheduleTooLong` if the schedule would end below its target.
  package func validate(epochs: Double) throws(PruningError) {
    guard sparsity >= 0 && sparsity < 1 else { throw .sparsityOutOfRange(sparsity) }
    guard budget.cap >= 0 && budget.cap <= 1 else { throw .capOutOfRange(budget.cap) }
    if case .dense = method {
      guard sparsity == 0 else { throw .sparsityOfDense(sparsity) }
      return
    }
    for setting in method.settings where !setting.isValid {
      throw .settingOutOfRange(
        method: method.name, setting: setting.name, value: setting.value, expected: setting.expected)
    }
    if let value = method.badTemperature { throw .temperatureNotPositive(value) }
    if let expected = method.structureFault(structure) {
      throw .methodNeedsStructure(method: method.name, structure: structure.name, expected: expected)
    }
    if search != nil, let setting = method.searchStart, !setting.isValid {
      throw .settingOutOfRange(
        method: method.name, setting: setting.name, value: setting.value, expected: setting.expected)
    }
    let (warmup, ramp) = (schedule.warmupEpochs, schedule.rampEpochs)
    guard warmup >= 0 && ramp >= 0 && warmup.isFinite && ramp.isFinite else {
      throw .scheduleNegative(warmupEpochs: warmup, rampEpochs: ramp)
    }
    guard warmup + ramp < epochs else {
      throw .scheduleTooLong(warmupEpochs: warmup, rampEpochs: ramp, epochs: epochs)
    }
  }
}

extension PruningConfig {
  /// The schedule in steps of a training of `totalSteps`, further trainings of a method with rounds included.
  ///
  /// - Precondition: a validated configuration.
  /// - Throws: `.scheduleTooLong` if moments in epochs, rounded up to whole steps, leave none at the final sparsity.
  package func timetable(stepsPerEpoch: Int, totalSteps: Int) throws(PruningError) -> Timetable {
    let method = resolvedMethod
    let timetable = Timetable(
      schedule, ramp: method?.ramp ?? .linear, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps)
    guard method == nil || timetable.endStep < totalSteps else {
      throw .scheduleTooLong(
        warmupEpochs: schedule.warmupEpochs, rampEpochs: schedule.rampEpochs,
        epochs: Double(totalSteps) / Double(stepsPerEpoch))
    }
    return timetable
  }
}

extension MethodConfig {
  /// Why the method cannot prune in a structure, as what it expects; nil if it can.
  package func structureFault(_ structure: Structure) -> String? {
    let kinds = structures
    return kinds.contains(structure.kind) ? nil : kinds.map(\.rawValue).joined(separator: ", ")
  }

  /// What the method looks at that only channels of convolutions have; nil for methods that look at weights alone.
  var convolutionalNeed: String? {
    switch self {
    case .slimming: "scales of a batch normalisation"
    case .hRank, .chip: "feature maps of images"
    default: nil
    }
  }

  /// Structures that the method can prune in.
  package var structures: [Structure.Kind] {
    switch self {
    case .dense: []
    case .pdp(_, threshold: .attached): [.unstructured]
    case .pdp: [.unstructured, .groups, .channels]
    case .gmp, .oneShot, .random: [.unstructured, .groups, .blocks, .channels]
    case .iterativeMagnitude: [.unstructured, .groups, .blocks]
    case .dnw: [.unstructured, .groups, .blocks]
    case .acdc: [.unstructured, .groups, .blocks]
    case .movement: [.unstructured, .groups]
    case .set, .rigL, .graNet, .str, .continuousSparsification, .optG, .softMovement, .snip, .grasp, .synFlow:
      [.unstructured]
    case .srSTE, .asp, .lbc: [.groups]
    case .l1Norm, .l2Norm, .fpgm, .slimming, .taylor, .hRank, .chip: [.channels]
    }
  }

  /// A number of the method with what it has to be.
  struct Setting {
    let name: String
    let value: String
    let expected: String
    let isValid: Bool

    init(_ name: String, _ value: Double, _ expected: String, _ isValid: (Double) -> Bool) {
      self.name = name
      self.value = "\(value)"
      self.expected = expected
      self.isValid = value.isFinite && isValid(value)
    }

    init(count name: String, _ value: Int) {
      self.name = name
      self.value = "\(value)"
      expected = "a whole number from 1"
      isValid = value >= 1
    }
  }

  /// The method's numbers, temperatures apart.
  var settings: [Setting] {
    switch self {
    case .iterativeMagnitude(let rounds, let rewind):
      [Setting(count: "rounds", rounds), Setting("rewind epochs", rewind, "a number from 0") { $0 >= 0 }]
    case .set(let share, let interval, let until), .rigL(let share, let interval, let until):
      [
        Setting(count: "interval", interval),
        Setting("exchanged share", share, "a fraction in 0...1") { $0 >= 0 && $0 <= 1 },
        Setting("end of exchange", until, "a fraction above 0, up to 1") { $0 > 0 && $0 <= 1 },
      ]
    case .graNet(let initial, let share, let interval):
      [
        Setting(count: "interval", interval),
        Setting("exchanged share", share, "a fraction in 0...1") { $0 >= 0 && $0 <= 1 },
        Setting("initial sparsity", initial, "a fraction in 0..<1") { $0 >= 0 && $0 < 1 },
      ]
    case .str(let initial, let decay):
      [
        Setting("initial threshold parameter", initial, "a finite number") { _ in true },
        Setting("threshold decay", decay, "a number from 0") { $0 >= 0 },
      ]
    case .continuousSparsification(let initial, let penalty, let sharpness, _):
      [
        Setting("initial score", initial, "a finite number") { _ in true },
        Setting("penalty", penalty, "a number from 0") { $0 >= 0 },
        Setting("final sharpness", sharpness, "a number from 1") { $0 >= 1 },
      ]
    case .optG(let steepness): [Setting("steepness", steepness, "a number above 0") { $0 > 0 }]
    case .movement(let rate): [Setting("score rate", rate, "a number above 0") { $0 > 0 }]
    case .softMovement(let rate, let threshold, let penalty):
      [
        Setting("score rate", rate, "a number above 0") { $0 > 0 },
        Setting("threshold", threshold, "a fraction between 0 and 1") { $0 > 0 && $0 < 1 },
        Setting("penalty", penalty, "a number from 0") { $0 >= 0 },
      ]
    case .snip(let examples), .grasp(let examples), .taylor(let examples), .hRank(let examples), .chip(let examples):
      [Setting(count: "examples", examples)]
    case .synFlow(let rounds): [Setting(count: "rounds", rounds)]
    case .srSTE(let pull): [Setting("pull", pull, "a number from 0") { $0 >= 0 }]
    case .slimming(let penalty): [Setting("penalty", penalty, "a number from 0") { $0 >= 0 }]
    case .dense, .pdp, .gmp, .oneShot, .dnw, .acdc, .random, .asp, .lbc, .l1Norm, .l2Norm, .fpgm: []
    }
  }

  /// What a search multiplies, and what it has to be for that; nil where it adds.
  var searchStart: Setting? {
    switch self {
    case .str(let initial, _):
      Setting("initial threshold parameter", initial, "a number below 0, where a search is to start") { $0 < 0 }
    case .softMovement(_, _, let penalty):
      Setting("penalty", penalty, "a number above 0, where a search is to start") { $0 > 0 }
    default: nil
    }
  }

  /// PDP's temperature if it is none.
  fileprivate var badTemperature: Double? {
    switch self {
    case .pdp(.absolute(let value), _), .pdp(.relative(let value), _): value > 0 && value.isFinite ? nil : value
    default: nil
    }
  }
}
