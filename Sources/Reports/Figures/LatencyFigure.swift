import Planning
import RunStore

/// Accuracy of the frozen networks against the measured time for one example.
struct LatencyFigure {
  private let data: ReportData
  private let series: [(variant: Variant, arms: [(summary: ArmSummary, latency: Latency)])]
  private let metric: Plan.Metric

  init(_ data: ReportData) {
    let metric = data.plan.headline
    let variants = Variant.all(in: data)
    let arms = data.orderedArms.map { ArmSummary(of: $0, in: data) }.compactMap { summary in
      summary.sample(metric.rawValue).count > 0 ? summary.latency.map { (summary: summary, latency: $0) } : nil
    }
    self.data = data
    self.metric = metric
    series = variants.ordered.compactMap { variant in
      let own = arms.filter { variants.byArm[$0.summary.arm.name] == variant }
        .sorted { $0.summary.arm.sparsity < $1.summary.arm.sparsity }
      return own.isEmpty ? nil : (variant, own)
    }
  }

  var title: String { metric == .top1 ? "Accuracy against latency" : "\(metric.title) against latency" }

  /// Nil without a measured network.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    let arms = series.flatMap(\.arms)
    guard !arms.isEmpty else { return nil }
    let heights = arms.flatMap { $0.summary.sample(metric.rawValue).values }.map { 100 * $0 }
    let medians = arms.map { 1000 * $0.latency.seconds.median }
    let ends = arms.flatMap { [$0.latency.seconds.lower, $0.latency.seconds.upper] }.map { 1000 * $0 }
    let (least, most) = (medians.min() ?? 0, medians.max() ?? 0)
    // On a busy machine a quartile may be so far off that it would flatten everything else.
    let reach = max((most - least) / 3, most / 10)
    let times = medians + ends.map { min(most + reach, max(least - reach, $0)) }
    let grid = SmallMultiples(
      title: title, columns: [""],
      rows: [
        SmallMultiples.Row(
          label: "Test \(data.plan.title(of: metric)) (%)",
          axis: Axis(over: heights, limits: (metric.isCorrelation ? -100 : 0)...100, padding: 0.08, tickCount: 7),
          height: 420)
      ],
      x: Axis(over: times, limits: 0...Double.greatestFiniteMagnitude, padding: 0.08, tickCount: 7),
      xLabel: "Latency of one example (ms, median and quartiles)",
      legend: Legend(entries: series.map { Legend.Entry(label: $0.variant.label, style: $0.variant.style) }))
    let canvas = grid.draw { canvas, panel, _, _ in
      for line in series { draw(line.arms, line.variant.style, panel, canvas) }
    }
    return (canvas, table)
  }

  private func draw(
    _ arms: [(summary: ArmSummary, latency: Latency)], _ style: SeriesStyle, _ panel: Panel, _ canvas: Canvas
  ) {
    let points = arms.compactMap { arm in
      arm.summary.sample(metric.rawValue).mean.map { (arm.latency.seconds, 100 * $0) }
    }
    canvas.line(
      points.map { panel.point(1000 * $0.0.median, $0.1) }, style.colour.faded(to: 0.55), width: 1.6, dash: style.dash)
    for (seconds, height) in points {
      let ends = [seconds.lower, seconds.upper].map { panel.point(1000 * $0, height) }
      canvas.line(ends, style.colour, width: 1.4)
      for end in ends {
        canvas.line([Point(x: end.x, y: end.y - 3.5), Point(x: end.x, y: end.y + 3.5)], style.colour, width: 1.4)
      }
      canvas.marker(
        style.marker, at: panel.point(1000 * seconds.median, height), radius: 5, style.colour, isOpen: style.isOpen)
    }
  }

  private var table: CSVDocument {
    var csv = CSVDocument([
      "arm", "method", "structure", "requested_sparsity", "run", "replicates", metric.rawValue, "milliseconds",
      "lower_milliseconds", "upper_milliseconds", "ratio_to_dense", "threads", "cpu",
    ])
    for (summary, latency) in series.flatMap(\.arms) {
      let sample = summary.sample(metric.rawValue)
      csv.append([
        .text(summary.arm.name), .text(summary.arm.method), .text(summary.arm.structure),
        .number(summary.arm.sparsity), .text(latency.run), .integer(sample.count),
        sample.mean.map { .number($0) } ?? .empty, .number(1000 * latency.seconds.median),
        .number(1000 * latency.seconds.lower), .number(1000 * latency.seconds.upper),
        latency.ratioToDense.map { .number($0) } ?? .empty, .integer(latency.provenance.threads),
        .text(latency.provenance.cpu),
      ])
    }
    return csv
  }
}
