import Planning
import RunStore
import Training

/// Sparsity of the network and thresholds of its layers over training.
struct ScheduleFigure {
  private struct Line {
    var arm: Plan.Arm
    var run: String
    var replicate: Int
    var achieved: [MetricPoint]
    var scheduled: [MetricPoint]
  }

  /// Thresholds of all layers and replicates of an arm at one epoch.
  private struct ThresholdPoint {
    var epoch: Double
    var median: Double
    var quartiles: ClosedRange<Double>
    var count: Int
  }

  private let variants: (byArm: [String: Variant], ordered: [Variant])
  private let lines: [Line]
  private let thresholds: [(arm: Plan.Arm, points: [ThresholdPoint])]

  init(_ data: ReportData) {
    let arms = data.orderedArms.filter { $0.method != Plan.Arm.dense }
    variants = Variant.all(in: data)
    lines = arms.flatMap { arm in
      data.runs(of: arm).compactMap { run in
        let points = run.evidence.metrics.sorted { $0.step < $1.step }
        let achieved = points.filter { $0.name == "sparsity-achieved" }
        let scheduled = points.filter { $0.name == "sparsity-scheduled" }
        guard !achieved.isEmpty || !scheduled.isEmpty else { return nil }
        return Line(
          arm: arm, run: run.evidence.id, replicate: run.replicate, achieved: achieved, scheduled: scheduled
        )
      }
    }
    thresholds = arms.compactMap { arm in
      let points = Self.thresholds(in: data.runs(of: arm).flatMap(\.evidence.layerPoints))
      return points.isEmpty ? nil : (arm, points)
    }
  }

  /// Nil if no pruned run has logged its sparsity or thresholds.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !lines.isEmpty || !thresholds.isEmpty else { return nil }
    let arms = lines.map(\.arm) + thresholds.map(\.arm)
    let columns = FigureColumn.columns(of: arms)
    var rows: [SmallMultiples.Row] = []
    if !lines.isEmpty {
      let values = lines.flatMap { $0.achieved + $0.scheduled }.map { 100 * $0.value }
      let axis = Axis(over: [0, 100] + values, padding: 0.03)
      rows.append(SmallMultiples.Row(label: "Sparsity (%)", axis: axis, height: 210))
    }
    if !thresholds.isEmpty {
      let values = thresholds.flatMap { $0.points.map(\.quartiles.upperBound) }
      let axis = Axis(over: [0] + values, padding: 0.05)
      rows.append(SmallMultiples.Row(label: "Threshold (magnitude)", axis: axis, height: 210))
    }
    let epochs =
      lines.flatMap { ($0.achieved + $0.scheduled).map(\.epoch) } + thresholds.flatMap { $0.points.map(\.epoch) }
    let grid = SmallMultiples(
      title: "Sparsity and threshold over training", columns: columns.map(\.title), rows: rows,
      x: Axis(over: [0] + epochs, padding: 0.01, tickCount: columns.count > 1 ? 5 : 10), xLabel: "Epochs of training",
      legend: Legend(
        entries: variants.ordered.filter { variant in arms.contains { variants.byArm[$0.name] == variant } }
          .map { Legend.Entry(label: $0.label, style: $0.style, showsMarker: false) }
      )
    )
    let canvas = grid.draw { canvas, panel, column, row in
      if row == 0 && !lines.isEmpty {
        drawSparsity(columns[column], panel, canvas)
      } else {
        drawThresholds(columns[column], panel, canvas)
      }
    }
    return (canvas, table)
  }

  private func drawSparsity(_ column: FigureColumn, _ panel: Panel, _ canvas: Canvas) {
    for line in lines where column.shows(line.arm) {
      guard let style = variants.byArm[line.arm.name]?.style else { continue }
      let scheduled = line.scheduled.map { panel.point($0.epoch, 100 * $0.value) }
      canvas.line(scheduled, style.colour, width: 1, dash: [1.5, 3])
      let achieved = line.achieved.map { panel.point($0.epoch, 100 * $0.value) }
      canvas.line(achieved, style.colour.faded(to: 0.75), width: 1.6, dash: style.dash)
    }
  }

  private func drawThresholds(_ column: FigureColumn, _ panel: Panel, _ canvas: Canvas) {
    let shown = thresholds.filter { column.shows($0.arm) }
    if shown.isEmpty {
      let middle = Point(x: panel.frame.left + panel.frame.width / 2, y: panel.frame.top + panel.frame.height / 2)
      canvas.text("no threshold", at: middle, .middle, colour: .quiet)
    }
    for series in shown {
      guard let style = variants.byArm[series.arm.name]?.style else { continue }
      let upper = series.points.map { panel.point($0.epoch, $0.quartiles.upperBound) }
      let lower = series.points.map { panel.point($0.epoch, $0.quartiles.lowerBound) }
      canvas.polygon(upper + lower.reversed(), style.colour.faded(to: 0.13))
      let medians = series.points.map { panel.point($0.epoch, $0.median) }
      canvas.line(medians, style.colour, width: 1.6, dash: style.dash)
      if let only = medians.first, medians.count == 1 { canvas.marker(.circle, at: only, radius: 3, style.colour) }
    }
  }

  private static func thresholds(in points: [LayerPoint]) -> [ThresholdPoint] {
    var values: [Double: [Double]] = [:]
    for point in points {
      guard let threshold = point.threshold, threshold.isFinite else { continue }
      values[point.epoch, default: []].append(threshold)
    }
    return values.sorted { $0.key < $1.key }.compactMap { epoch, values in
      let sample = Sample(values)
      guard let median = sample.median, let first = sample.quantile(0.25), let third = sample.quantile(0.75) else {
        return nil
      }
      return ThresholdPoint(epoch: epoch, median: median, quartiles: first...third, count: values.count)
    }
  }

  private var table: CSVDocument {
    var csv = CSVDocument([
      "arm", "method", "run", "replicate", "quantity", "epoch", "value", "first_quartile", "third_quartile", "count",
    ])
    for line in lines {
      for (name, points) in [("sparsity-scheduled", line.scheduled), ("sparsity-achieved", line.achieved)] {
        for point in points {
          csv.append([
            .text(line.arm.name), .text(line.arm.method), .text(line.run), .integer(line.replicate), .text(name),
            .number(point.epoch), .number(point.value), .empty, .empty, .empty,
          ])
        }
      }
    }
    for series in thresholds {
      for point in series.points {
        csv.append([
          .text(series.arm.name), .text(series.arm.method), .empty, .empty, .text("threshold-median"),
          .number(point.epoch), .number(point.median), .number(point.quartiles.lowerBound),
          .number(point.quartiles.upperBound), .integer(point.count),
        ])
      }
    }
    return csv
  }
}
