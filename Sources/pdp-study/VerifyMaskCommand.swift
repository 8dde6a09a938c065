import ArgumentParser
import Foundation
import Kernels
import ModelFiles
import Networks
import Pruning
import RunStore

/// Counts what is zero in exported weights, and holds it against what was to be.
struct VerifyMaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-mask",
    abstract: "Counts the zeros of exported weights and holds them against masks, patterns and recorded numbers.",
    discussion: """
      Of a run, its weights file is held against its configuration, its last checkpoint and the database; of a file, \
      against --structure. Ends with 1 if something disagrees, and with 4 if a file is not what was written.

      Example: pdp-study verify-mask 3f2a
      Example: pdp-study verify-mask model.safetensors --structure 2:4 --dense "classifier.*"
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Beginning of a run's id, or a .safetensors or .pdpc file.", valueName: "run or file"))
  var target: String

  @Option(help: ArgumentHelp("Of a file: what its weights form, such as 2:4 or 1x4.", valueName: "pattern"))
  var structure: String?

  @Option(
    help: ArgumentHelp("Of a file: layers without zeros, in which * stands for anything.", valueName: "pattern"))
  var dense: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let audit: WeightsAudit
    if ModelTarget(target).isFile {
      audit = try auditFile()
      Console.output(json ? try PrettyJSON.text(of: audit) : AuditText(audit: audit, run: nil).text)
    } else {
      guard structure == nil, dense.isEmpty else {
        throw UsageError("--structure and --dense are for files: a run's configuration says both")
      }
      let store = try global.openStore()
      let run = try store.audit(run: store.runID(startingWith: target))
      audit = run.audit
      Console.output(json ? try PrettyJSON.text(of: run) : AuditText(audit: audit, run: run).text)
    }
    guard !audit.findings.isEmpty else { return }
    throw ExitCode((audit.findings.contains(where: \.isDamage) ? ExitStatus.integrity : .failed).rawValue)
  }

  private func auditFile() throws -> WeightsAudit {
    let structure = try chosenStructure()
    let tensors = try ModelTarget(target).readFile().contents.tensors
    let weights = tensors.filter { $0.value.shape.rank >= 2 }
    guard !weights.isEmpty else {
      throw UsageError(
        "weights file '\(Console.printable(target))' holds no weights of layers: expected tensors [out, in, ...], got "
          + "\(tensors.count) others")
    }
    for pattern in dense where !weights.keys.contains(where: { PathPattern(pattern).fits($0) }) {
      throw UsageError(
        "pattern '\(Console.printable(pattern))' fits no layer: expected one for "
          + weights.keys.sorted().map(Console.printable).joined(separator: ", "))
    }
    return WeightsAudit(of: tensors, structure: structure, dense: dense.map { PathPattern($0) })
  }

  private func chosenStructure() throws -> Structure {
    guard let structure, structure != Structure.unstructured.name else { return .unstructured }
    let (groups, blocks) = (
      structure.split(separator: ":").map { Int($0) }, structure.split(separator: "x").map { Int($0) }
    )
    if groups.count == 2, let keeping = groups[0], let size = groups[1], keeping >= 1, keeping < size {
      return .groups(keeping: keeping, of: size)
    }
    if blocks.count == 2, blocks[0] == 1, let size = blocks[1], size >= 2 { return .blocks(size: size) }
    throw UsageError(
      "structure '\(Console.printable(structure))' is unknown: expected N:M with N below M such as 2:4, 1xB such as "
        + "1x4, or unstructured; channels take a run")
  }
}
