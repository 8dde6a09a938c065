import Autodiff
import Kernels
import Networks

/// Weights as they are, held against what was to be done to them.
package struct WeightsAudit: Encodable, Equatable, Sendable {
  package private(set) var layers: [Layer]
  package internal(set) var findings: [AuditFinding] = []
  /// What was found out or left out, in sentences.
  package internal(set) var notes: [String] = []
  /// Weights (or channels) that might go, and those of them that are zero; 0 where no configuration says.
  package private(set) var prunable = 0
  package private(set) var achieved = 0

  /// One weight tensor.
  package struct Layer: Encodable, Equatable, Sendable {
    package let path: String
    package let shape: [Int]
    package let weights: Int
    package let zeros: Int
    /// Weights that the mask drops; nil without a mask.
    package let masked: Int?
    /// What was looked for in it, or why nothing of it is pruned.
    package let expectation: String
  }

  package var weights: Int { layers.reduce(0) { $0 + $1.weights } }
  package var zeros: Int { layers.reduce(0) { $0 + $1.zeros } }

  /// Weights of a file alone, by path, held against `structure`; layers whose path fits one of `dense` are to have no
  /// zeros.
  ///
  /// In a file of BERT's, nothing is looked for outside the encoder's layers.
  ///
  /// - Shapes: weights [out, in, ...]; others are no weights of layers and left alone.
  package init(of tensors: [String: Tensor], structure: Structure, dense: [PathPattern]) {
    let weights = tensors.filter { $0.value.shape.rank >= 2 }.sorted { $0.key < $1.key }
    layers = []
    let isBert = tensors.keys.contains { $0.hasPrefix("bert.encoder.") }
    for (path, weight) in weights {
      var expectation = structure == .unstructured ? "" : structure.name
      if dense.contains(where: { $0.fits(path) }) {
        expectation = "dense"
        if weight.zeroCount > 0 {
          findings.append(
            .denseHasZeros(
              layer: path, zeros: weight.zeroCount, weights: weight.count, reason: "it is said to be dense"))
        }
      } else if isBert, let reason = BertClassifier.exclusion(of: path) {
        expectation = "dense: \(reason)"
      } else if let misfit = structure.misfit(weight.shape) {
        expectation = "dense: \(misfit)"
      } else {
        checkPattern(structure, weight, path)
      }
      add(path, weight, masked: nil, expectation)
    }
  }

  /// Weights of `network`, trained with `config`.
  ///
  /// `state` is what the run's last checkpoint says, and `beforeFreezing` the weights in it, from which the masks of
  /// methods that hold none are chosen again; nil where they are not known.
  package init(
    of network: any PrunableNetwork, _ config: PruningConfig, costs: [LayerCost], state: PruningState?,
    beforeFreezing: (any PrunableNetwork)? = nil
  ) {
    layers = []
    let eligible = config.targets(in: network, costs: costs)
    prunable = eligible.reduce(0) { $0 + $1.count }
    achieved = eligible.reduce(0) { $0 + $1.zeroCount }
    let targets = config.method == .dense ? [] : eligible
    var masks: [String: KeepMask] = [:]
    let stored = Dictionary((state?.layers ?? []).map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    for target in targets {
      if let mask = stored[target.path]?.mask?.kept, mask.count == target.count { masks[target.path] = mask }
    }
    addMaskNote(config, state, &masks, beforeFreezing, costs)
    let byPath = Dictionary(targets.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let parameters = Dictionary(
      network.parameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
    let groups = targets.compactMap { ($0 as? ChannelTarget)?.group }
    for layer in config.eligibility(of: network, costs: costs) {
      guard let weight = parameters[layer.path]?.value else { continue }
      if !Elementwise.isFinite(weight) {
        let count = weight.elements.count { !$0.isFinite }
        findings.append(.notFinite(layer: layer.path, count: count, weights: weight.count))
      }
      let isOfChannels = groups.contains { group in group.slices.contains { $0.path == layer.path } }
      let isPruned = byPath[layer.path] is WeightTarget
      var expectation = layer.reason.isEmpty ? "" : "dense: \(layer.reason)"
      if isOfChannels {
        expectation = "channels"
      } else if isPruned {
        expectation = config.structure.name
        if let mask = masks[layer.path] { check(mask, weight, layer.path) }
        checkPattern(config.structure, weight, layer.path)
      } else if weight.zeroCount > 0 {
        let reason = layer.reason.isEmpty ? "nothing of it was to be pruned" : layer.reason
        findings.append(
          .denseHasZeros(layer: layer.path, zeros: weight.zeroCount, weights: weight.count, reason: reason))
      }
      add(
        layer.path, weight, masked: isPruned ? masks[layer.path].map { $0.count - $0.keptCount } : nil, expectation)
    }
    for group in groups { check(group, masks[group.name]) }
    checkLimits(config, targets, masks)
  }

  private mutating func add(_ path: String, _ weight: Tensor, masked: Int?, _ expectation: String) {
    layers.append(
      Layer(
        path: path, shape: weight.shape.extents, weights: weight.count, zeros: weight.zeroCount, masked: masked,
        expectation: expectation))
  }

  /// Chooses masks again where a method holds none, and says where masks come from.
  private mutating func addMaskNote(
    _ config: PruningConfig, _ state: PruningState?, _ masks: inout [String: KeepMask],
    _ beforeFreezing: (any PrunableNetwork)?, _ costs: [LayerCost]
  ) {
    guard let method = config.resolvedMethod else { return }
    guard let state else {
      notes.append("no checkpoint holds the run's masks: weights are held against counts and patterns alone")
      return
    }
    if !masks.isEmpty {
      notes.append("masks are those of the last checkpoint")
    } else if method is any SoftPruningMethod, let beforeFreezing {
      let pruned = Dictionary(state.layers.map { ($0.path, $0.pruned) }, uniquingKeysWith: { first, _ in first })
      for target in config.targets(in: beforeFreezing, costs: costs) {
        guard let count = pruned[target.path], count > 0, count < target.count else { continue }
        masks[target.path] = target.hardMask(dropping: count).kept
      }
      notes.append(
        "method '\(config.method.name)' stores no mask: it was chosen again from the last checkpoint's weights")
    } else {
      notes.append("method '\(config.method.name)' stores no mask: weights are held against counts and patterns alone")
    }
  }

  /// Adds what a comparison with recorded numbers found.
  package mutating func add(_ finding: AuditFinding) { findings.append(finding) }
  package mutating func add(note: String) { notes.append(note) }

  // MARK: Checks

  private mutating func check(_ mask: KeepMask, _ weight: Tensor, _ path: String) {
    var (wrong, first) = (0, 0)
    weight.withElements { elements in
      for index in elements.indices where elements[index] != 0 && !mask[index] {
        if wrong == 0 { first = index }
        wrong += 1
      }
    }
    let masked = mask.count - mask.keptCount
    if wrong > 0 { findings.append(.maskedNotZero(layer: path, count: wrong, masked: masked, first: first)) }
    let beyond = weight.zeroCount - (masked - wrong)
    if beyond > 0 { notes.append("layer '\(path)': \(beyond) weights are zero that the mask keeps") }
  }

  private mutating func checkPattern(_ structure: Structure, _ weight: Tensor, _ path: String) {
    switch structure {
    case .unstructured, .channels: break
    case .groups(let keeping, let size):
      let count = GroupBorders(keeping: keeping, of: size).exceptions(in: weight)
      if count.broken > 0 {
        findings.append(.groupsBroken(layer: path, pattern: structure.name, keeping: keeping, count))
      }
    case .blocks(let size):
      let count = BlockPattern(size: size).exceptions(in: weight)
      if count.broken > 0 { findings.append(.blocksBroken(layer: path, pattern: structure.name, count)) }
    }
  }

  /// Channels that the mask drops, or without one those of which a filter is zero, have to be zero in every member.
  private mutating func check(_ group: ChannelGroup, _ mask: KeepMask?) {
    var dropped = Set<Int>()
    if let mask {
      dropped = Set((0..<mask.count).filter { !mask[$0] })
    } else {
      let values = Dictionary(
        group.producers.map { ($0.path, $0.parameter.value) }, uniquingKeysWith: { first, _ in first })
      for filters in group.zeroFilters(in: values) ?? [] {
        for (channel, isZero) in filters.enumerated() where isZero { dropped.insert(channel) }
      }
    }
    for slices in group.slices {
      let wrong = slices.zeroChannels(of: slices.parameter.value).enumerated().filter { channel, isZero in
        !isZero && dropped.contains(channel)
      }
      guard let first = wrong.first else { continue }
      findings.append(
        .channelsIncomplete(
          group: group.name, member: slices.path, count: wrong.count, dropped: dropped.count, first: first.offset))
    }
  }

  private mutating func checkLimits(
    _ config: PruningConfig, _ targets: [any PruningTarget], _ masks: [String: KeepMask]
  ) {
    guard !config.method.isEmergent else { return }
    var slack = 0
    if case .channels(_, let multiple) = config.structure { slack = multiple - 1 }
    for target in targets where target.patternCount(at: 1) == nil {
      let limits = LayerLimits(config.budget, path: target.path)
      guard limits.sparsity == nil else { continue }
      let pruned = masks[target.path].map { $0.count - $0.keptCount } ?? target.zeroCount
      let units = target.count / target.unitSize
      let (least, most) = (limits.least(of: units) * target.unitSize, limits.most(of: units) * target.unitSize)
      let unit = target is ChannelTarget ? "channels" : "weights"
      if pruned > most + slack {
        findings.append(.aboveCap(layer: target.path, pruned: pruned, of: target.count, limit: most, unit: unit))
      }
      if pruned < min(least, target.mostPruned) - slack {
        findings.append(.belowFloor(layer: target.path, pruned: pruned, of: target.count, limit: least, unit: unit))
      }
    }
  }
}
