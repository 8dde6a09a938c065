import Foundation
import Planning
import RunStore

/// What the networks of all arms cost in use, a row an arm: bytes stored, operations left, time measured.
struct CostTable {
  private let data: ReportData
  private let summaries: [ArmSummary]
  /// Accuracy against latency; nil where nothing was measured.
  private let figure: RenderedFigure?

  init(_ data: ReportData, figure: RenderedFigure?) {
    self.data = data
    self.figure = figure
    summaries = data.orderedArms.map { ArmSummary(of: $0, in: data) }
  }

  var parts: [ReportPart] {
    let header = [
      "configuration", "stored bytes", "of dense (%)", "nonzero MACs", "of dense (%)", "latency (ms)", "quartiles (ms)",
      "latency to dense", "layers run dense",
    ]
    let table = Markdown.table(header, numeric: [1, 2, 3, 4, 5, 7], rows: summaries.map(row))
    return [.markdown("## Cost in use"), .markdown(explanation), .markdown(table)]
      + (missing.map { [.markdown($0)] } ?? []) + (figure.map { [.figure($0)] } ?? [])
  }

  private var explanation: String {
    let channels =
      summaries.contains(where: \.prunesChannels)
      ? " Networks whose channels are pruned are without them here, where they ended with fewer." : ""
    return """
      Stored bytes are those of the exported tensors in the compact format, beside those of the safetensors file with all \
      zeros; nonzero MACs are multiply-accumulate operations of one example by weights that are not zero; both are means \
      over replicates.\(channels) Latency is what one example took in the inference plan, median over rounds in which all \
      networks ran in turn, and its ratio to that of the dense network in dense kernels in the same rounds: the \
      first measured replicate, and the newest measurement of it. Layers run dense are those whose kernels multiply zeros too.
      """
  }

  /// What to do about arms without a measurement.
  private var missing: String? {
    let names = summaries.filter { latency(of: $0) == nil }.map { Markdown.escaped($0.arm.name) }
    guard !names.isEmpty else { return nil }
    let which = names.count == summaries.count ? "every network" : names.joined(separator: ", ")
    return "Not measured: the latency of \(which). Run \(Markdown.code(data.benchCommand))."
  }

  private func row(_ summary: ArmSummary) -> [String] {
    let latency = latency(of: summary)
    let macs = shrunk(summary) ? "macs-shrunk" : "macs-nonzero"
    return [
      Markdown.escaped(summary.arm.name), whole(summary.sample("stored-bytes")),
      percent(summary.sample("stored-bytes", dividedBy: "stored-bytes-dense")), whole(summary.sample(macs)),
      percent(summary.sample(macs, dividedBy: "macs-dense")),
      latency.map { NumberText.milliseconds($0.seconds.median) } ?? "not measured",
      latency.map {
        "\(NumberText.milliseconds($0.seconds.lower)) to \(NumberText.milliseconds($0.seconds.upper))"
      } ?? "–",
      latency?.ratioToDense.map { NumberText.fixed($0, 2) } ?? "–",
      latency.map { "\($0.layersDense) of \($0.layers)" } ?? "–",
    ]
  }

  private func shrunk(_ summary: ArmSummary) -> Bool {
    summary.prunesChannels && summary.sample("macs-shrunk").count > 0
  }

  private func latency(of summary: ArmSummary) -> Latency? { summary.latency }

  private func whole(_ sample: Sample) -> String { sample.mean.map { NumberText.fixed($0, 0) } ?? "–" }
  private func percent(_ sample: Sample) -> String { sample.mean.map { NumberText.percent($0) } ?? "–" }
}

extension ArmSummary {
  /// The measurement of the first replicate that has one; nil without any.
  var latency: Latency? { counted.lazy.compactMap(\.evidence.latency).first }
}

extension ReportData {
  /// Every measurement that the report shows, in the order of the arms.
  var latencies: [Latency] { orderedArms.compactMap { ArmSummary(of: $0, in: self).latency } }

  /// The command that measures the networks.
  var benchCommand: String { "pdp-study bench --study \(plan.study.sourcePath) --profile \(plan.profile.rawValue)" }
}

extension NumberText {
  /// Seconds in milliseconds, to the microsecond.
  static func milliseconds(_ seconds: Double) -> String { fixed(1000 * seconds, 3) }

  /// The day of a moment, in UTC.
  static func day(_ secondsSince1970: Double) -> String {
    Date(timeIntervalSince1970: secondsSince1970).formatted(.iso8601.year().month().day())
  }
}
