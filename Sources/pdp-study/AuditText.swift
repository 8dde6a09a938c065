import Pruning
import RunStore

/// What an audit of weights found, as text.
struct AuditText {
  let audit: WeightsAudit
  let run: RunAudit?

  var text: String {
    var lines: [String] = []
    if let run {
      lines.append("run \(run.run): arm \(run.arm), \(run.method), \(run.structure)")
      lines += ["weights file \(run.file)", "SHA-256 \(run.digest)", ""]
    }
    lines.append(table.text(.table))
    lines.append("")
    if let run {
      let scheduled = run.scheduled.map { "\($0)" } ?? "not stored"
      let requested = run.requested.map { "\($0)" } ?? "an outcome"
      lines.append(
        "pruned \(run.unit) of \(run.prunable): requested \(requested), scheduled \(scheduled), achieved \(run.achieved)"
      )
    }
    lines += audit.notes.map { "note: \($0)" }
    lines += audit.findings.map { "disagreement: \($0)" }
    let count = audit.findings.count
    lines.append(
      count == 0 ? "everything agrees" : "\(count) disagreement\(count == 1 ? "" : "s")")
    return Console.printableLines(lines.joined(separator: "\n"))
  }

  private var table: TextTable {
    let hasMasks = audit.layers.contains { $0.masked != nil }
    let rows = audit.layers.map { layer -> [TextTable.Cell] in
      [
        .text(layer.path), .text(layer.shape.map { "\($0)" }.joined(separator: "x")), .number("\(layer.weights)"),
        .number("\(layer.zeros)"), .number(share(layer.zeros, layer.weights)),
      ] + (hasMasks ? [layer.masked.map { .number("\($0)") } ?? .empty] : []) + [.text(layer.expectation)]
    }
    let total: [TextTable.Cell] =
      [
        .text("total"), .empty, .number("\(audit.weights)"), .number("\(audit.zeros)"),
        .number(share(audit.zeros, audit.weights)),
      ] + (hasMasks ? [.number("\(audit.layers.reduce(0) { $0 + ($1.masked ?? 0) })")] : []) + [.empty]
    return TextTable(
      columns: ["layer", "shape", "weights", "zeros", "share"] + (hasMasks ? ["masked"] : []) + ["expected"],
      rows: rows + [total])
  }

  private func share(_ part: Int, _ whole: Int) -> String {
    "\(Format.value((Double(part) / Double(max(1, whole)) * 10_000).rounded() / 100)) %"
  }
}
