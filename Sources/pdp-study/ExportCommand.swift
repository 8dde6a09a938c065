import ArgumentParser
import Foundation
import ModelFiles
import RunStore

/// Writes results for use elsewhere.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes results for use elsewhere: the database, its tables as CSV, run folders, or a network's weights.",
    discussion: """
      What is exported comes first, where to with --out, which is never written over.

      database: a compact read-only copy of the database, one file, as of 'db snapshot'. csv: a folder with a file a \
      table and view, as RFC 4180 describes them; NULL is an empty field and an empty text is "", and a text that a \
      spreadsheet would run as a formula has an apostrophe in front. bundle: the folders of runs with configuration, \
      journals, logs and exported weights, and the plans that have them, for 'import'; a folder, or a tar archive if \
      its name ends in .tar. Targets are runs or arms as of 'compare'.

      safetensors, compact: the weights of one run, or of a file in either format. The first has every element under \
      PyTorch's names; the second leaves zeros out, and channels that were pruned, and can be turned back, bit for bit.

      onnx: the network of one run, or of a file that was exported from one, for ONNX Runtime and others, without \
      pruned channels.

      Example: pdp-study export --format database --out results.sqlite
      Example: pdp-study export --format csv --out tables
      Example: pdp-study export --format bundle --study mobilenet-v1 --out mobilenet-v1.tar
      Example: pdp-study export --format bundle 3f2a mobilenet-v1:bench:dense --checkpoints --out runs.tar
      Example: pdp-study export --format compact 3f2a --out model.pdpc
      Example: pdp-study export --format safetensors model.pdpc --out model.safetensors
      Example: pdp-study export --format onnx 3f2a --fold-batch-norm --out model.onnx
      """
  )

  enum Form: String, CaseIterable, ExpressibleByArgument {
    case database
    case csv
    case bundle
    case safetensors
    case compact
    case onnx

    /// Whether it is a network's weights that are written.
    var isOfWeights: Bool { self == .safetensors || self == .compact || self == .onnx }
  }

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Of a bundle: runs or arms. Of weights: a run, or a file.", valueName: "target"))
  var targets: [String] = []

  @Option(help: ArgumentHelp("database, csv, bundle, safetensors, compact or onnx.", valueName: "format"))
  var format: Form

  @Option(help: ArgumentHelp("File or folder to write.", valueName: "path"))
  var out: String

  @Option(help: ArgumentHelp("Of a bundle: every run of this study that was ever started.", valueName: "name"))
  var study: String?

  @Flag(help: "Of a bundle: with the newest checkpoint of each run, to go on from it.")
  var checkpoints = false

  @Flag(help: "Of an ONNX model: with batch normalisations folded into the weights before them.")
  var foldBatchNorm = false

  func validate() throws {
    guard format == .onnx || !foldBatchNorm else {
      throw ValidationError("--fold-batch-norm: expected with --format onnx alone")
    }
    guard format == .bundle || (study == nil && !checkpoints) else {
      throw ValidationError("--study and --checkpoints: expected with --format bundle alone")
    }
    guard format == .bundle || format.isOfWeights || targets.isEmpty else {
      throw ValidationError("targets: expected with --format bundle, safetensors, compact or onnx alone")
    }
    guard !format.isOfWeights || targets.count == 1 else {
      throw ValidationError("expected one target whose weights are to be exported, got \(targets.count)")
    }
    guard format != .bundle || targets.isEmpty != (study == nil) else {
      throw ValidationError("expected targets for the bundle, or --study")
    }
  }

  func run() throws {
    let url = URL(filePath: out)
    switch format {
    case .safetensors: try exportModel(as: .safetensors, to: url)
    case .compact: try exportModel(as: .compact, to: url)
    case .onnx: try exportONNX(to: url)
    case .database:
      let store = try global.openStore()
      try store.snapshot(to: url)
      Console.output("\(out): \(Format.counted(try store.counts().runs, "run"))")
    case .csv:
      let store = try global.openStore()
      let files = try store.exportCSV(to: url)
      let rows = files.reduce(0) { $0 + $1.rows }
      Console.output("\(out): \(Format.counted(files.count, "file")), \(Format.counted(rows, "row"))")
    case .bundle:
      let store = try global.openStore()
      let runs = try runs(in: store)
      let (files, bytes) = try store.exportBundle(of: runs, to: url, withCheckpoints: checkpoints)
      Console.output(
        "\(out): \(Format.counted(runs.count, "run")), \(Format.counted(files, "file")), \(Format.bytes(bytes))")
    }
  }

  /// Ids of the runs that the bundle is to have.
  private func runs(in store: RunStore) throws -> [String] {
    let started = Set(try store.layout.runIDs())
    if let study {
      let runs = try store.runs(study: study).map(\.run)
      guard !runs.isEmpty else {
        throw UsageError.unknown("study", study, among: Set(try store.runs().map(\.study)).sorted())
      }
      guard runs.contains(where: started.contains) else {
        throw UsageError("study '\(study)' has nothing to export: none of its runs was ever started")
      }
      return runs.filter(started.contains).sorted()
    }
    let targets = try targets.flatMap { try store.targets($0) }
    for target in targets where !target.runs.contains(where: started.contains) {
      throw UsageError("target '\(target.name)' has nothing to export: it was never started")
    }
    return Set(targets.flatMap(\.runs)).filter(started.contains).sorted()
  }
}
