import Digests
import Foundation
import Networks
import Planning
import Pruning
import Training

/// The exported weights of a run, held against its configuration, its last checkpoint and its recorded numbers.
package struct RunAudit: Encodable, Equatable, Sendable {
  package let run: String
  package let arm: String
  package let method: String
  package let structure: String
  /// Path of the weights file.
  package let file: String
  package let digest: String
  /// `weights` or `channels`: what the next four count.
  package let unit: String
  package let prunable: Int
  /// What the configuration asks for; nil if training decides.
  package let requested: Int?
  /// What the schedule ended at.
  package let scheduled: Int?
  /// What is zero in the file.
  package let achieved: Int
  package let audit: WeightsAudit
}

/// Why a run's exported weights cannot be used.
package enum RunAuditError: Error, Equatable, CustomStringConvertible {
  case unfinished(run: String, status: RunStatus, step: Int?)
  case weightsMissing(run: String, path: String)
  case weightsChanged(path: String, recorded: String, found: String)
  case specUnreadable(path: String, reason: String)
  case specChanged(path: String)
  case otherNetwork(path: String, network: String, missing: [String], unused: [String], misshapen: [String])

  package var description: String {
    switch self {
    case .unfinished(let run, let status, let step):
      "run '\(run)' has no exported weights: expected it to have succeeded, it is \(status.rawValue)"
        + (step.map { " at step \($0)" } ?? "") + "; 'pdp-study run' does what is left of it"
    case .weightsMissing(let run, let path):
      "run '\(run)' has succeeded, but its weights file '\(path)' is gone; restore it from a copy, or train again with "
        + "'pdp-study run --force'"
    case .weightsChanged(let path, let recorded, let found):
      "weights file '\(path)' has SHA-256 \(found), the run recorded \(recorded); 'pdp-study verify-mask' says what "
        + "differs, or restore it from a copy"
    case .specUnreadable(let path, let reason):
      "configuration '\(path)' cannot be read: \(reason); restore it from a copy"
    case .specChanged(let path):
      "configuration '\(path)' is not what the run's identity was made from; restore it from a copy"
    case .otherNetwork(let path, let network, let missing, let unused, let misshapen):
      "weights file '\(path)' is not of network '\(network)': "
        + [
          Self.some(missing, "missing"), Self.some(unused, "not of the network"),
          misshapen.first.map { first in
            first + (misshapen.count > 1 ? " and \(misshapen.count - 1) more" : "")
          },
        ].compactMap(\.self).joined(separator: "; ")
    }
  }

  /// The first of several names, and how many there are.
  private static func some(_ names: [String], _ what: String) -> String? {
    names.first.map { "\(names.count) tensors \(what), such as '\($0)'" }
  }
}

extension RunStore {
  /// Audits the exported weights of the run `run`.
  ///
  /// - Throws: `RunAuditError`; `RunStoreError.unknownRun`; `WeightsError` for a file that is no whole one of weights.
  /// - Cost: reads the weights and the last checkpoint, and looks at every weight a few times.
  package func audit(run: String) throws -> RunAudit {
    let details = try details(of: run)
    let url = try weights(of: details.run)
    let spec = try spec(of: details.run)
    let network = try AuditedNetwork(spec.model, from: url)
    let digest = try SHA256Digest(ofFileAt: url).description
    let (checkpoint, faults) = self.checkpoint(of: details, spec)
    let costs = network.costs
    var audit = WeightsAudit(
      of: network.network, spec.pruning, costs: costs, state: checkpoint?.pruning,
      beforeFreezing: try checkpoint.flatMap { $0.isAveraged ? nil : try AuditedNetwork(spec.model, $0).network })
    for fault in faults { audit.add(note: fault) }
    if let recorded = details.run.weightsDigest, recorded != digest {
      audit.add(.digest(path: url.path, recorded: recorded, found: digest))
    }
    let requested = try self.requested(spec, details, network.network, costs)
    let isFixed = !spec.pruning.method.isEmergent || checkpoint?.pruning.isFixed == true
    let scheduled = isFixed ? checkpoint?.pruning.layers.reduce(0) { $0 + $1.pruned } : nil
    let unit = spec.pruning.structure.kind == .channels ? "channels" : "weights"
    compare(&audit, details, spec, network.network, requested: requested, scheduled: scheduled, unit: unit)
    return RunAudit(
      run: run, arm: details.run.arm ?? "", method: spec.pruning.method.name, structure: spec.pruning.structure.name,
      file: url.path, digest: digest, unit: unit, prunable: audit.prunable, requested: requested, scheduled: scheduled,
      achieved: audit.achieved, audit: audit)
  }

  /// The weights file of a run that has succeeded.
  func weights(of run: RunRow) throws(RunAuditError) -> URL {
    guard run.status == .succeeded else { throw .unfinished(run: run.run, status: run.status, step: run.step) }
    let url = layout.weights(run.run)
    guard FileManager.default.fileExists(atPath: url.path) else { throw .weightsMissing(run: run.run, path: url.path) }
    return url
  }

  func spec(of run: RunRow) throws(RunAuditError) -> RunSpec {
    let url = layout.spec(run.run)
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .specUnreadable(path: url.path, reason: plainReason(error))
    }
    guard SHA256Digest(of: data).description == run.spec else { throw .specChanged(path: url.path) }
    do { return try JSONDecoder().decode(RunSpec.self, from: data) } catch {
      throw .specUnreadable(path: url.path, reason: "it is no configuration of this version")
    }
  }

  /// The checkpoint of the run's last step, and what there is to say if it is not there.
  private func checkpoint(of details: RunDetails, _ spec: RunSpec) -> (StoredCheckpoint?, [String]) {
    let (checkpoint, faults) = StoredCheckpoint.newest(in: layout.checkpoints(details.run.run))
    guard let checkpoint, let step = details.run.step, checkpoint.step != step else { return (checkpoint, faults) }
    return (nil, faults + ["the newest checkpoint is of step \(checkpoint.step), the run ended at step \(step)"])
  }

  /// What the configuration asks for, counted anew; nil if training decides.
  private func requested(
    _ spec: RunSpec, _ details: RunDetails, _ network: any PrunableNetwork, _ costs: [LayerCost]
  ) throws -> Int? {
    guard let last = details.lastMetrics.first(where: { $0.name == "sparsity-achieved" }), last.epoch > 0 else {
      return nil
    }
    return try PruningExplanation(
      of: spec.pruning, network: network, costs: costs,
      stepsPerEpoch: Int((Double(last.step) / last.epoch).rounded()), totalSteps: last.step
    ).totals.requested
  }

  private func compare(
    _ audit: inout WeightsAudit, _ details: RunDetails, _ spec: RunSpec, _ network: any PrunableNetwork,
    requested: Int?,
    scheduled: Int?, unit: String
  ) {
    let zeros = Dictionary(audit.layers.map { ($0.path, $0.zeros) }, uniquingKeysWith: { first, _ in first })
    let recorded = Dictionary(
      details.results.compactMap { result in result.value.map { (result.name, $0) } },
      uniquingKeysWith: { first, _ in first })
    let isAsRecorded = recorded["weights-zero-total"] == Double(audit.zeros)
    if unit == "weights" {
      for layer in details.layers {
        guard let nonzero = layer.nonzero, let found = zeros[layer.name], layer.parameters - nonzero != found else {
          continue
        }
        // Zeros beyond the mask, which were there when the run counted, are no disagreement.
        if found > layer.parameters - nonzero, isAsRecorded { continue }
        audit.add(.layerCount(layer: layer.name, recorded: layer.parameters - nonzero, found: found))
      }
    }
    var isExact = !spec.pruning.method.isEmergent
    if case .channels(_, let multiple) = spec.pruning.structure, multiple > 1 { isExact = false }
    if isExact, let requested, let scheduled, !(requested == scheduled && scheduled == audit.achieved) {
      audit.add(.counts(unit: unit, requested: requested, scheduled: scheduled, achieved: audit.achieved))
    }
    let counted = [
      ("\(unit)-prunable", audit.prunable), ("\(unit)-pruned-requested", requested),
      ("\(unit)-pruned-scheduled", scheduled), ("\(unit)-pruned-achieved", audit.achieved),
      ("weights-total", audit.weights), ("weights-zero-total", audit.zeros),
      ("parameters-nonzero", network.parameterCount - audit.zeros),
    ]
    for (name, found) in counted {
      guard let found, let value = recorded[name], value != Double(found) else { continue }
      audit.add(.result(name: name, recorded: value, found: found))
    }
  }
}
