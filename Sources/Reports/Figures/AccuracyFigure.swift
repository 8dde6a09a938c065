import Planning
import RunStore

/// Accuracy of the frozen networks against the share of weights removed.
struct AccuracyFigure {
  /// The arms of one variant with a finished run, by sparsity.
  private struct Series {
    var variant: Variant
    var arms: [ArmSummary]
  }

  private let data: ReportData
  private let series: [Series]
  private let dense: [Series]

  private let metric: Plan.Metric
  private var result: String { metric.rawValue }
  /// Pixels between the markers of two variants at one sparsity, and of the first and last of many.
  private static let (dodge, longestDodge) = (15.0, 60.0)

  init(_ data: ReportData) {
    let metric = data.plan.headline
    let variants = Variant.all(in: data)
    let summaries = data.orderedArms.map { ArmSummary(of: $0, in: data) }.filter {
      $0.sample(metric.rawValue).count > 0
    }
    let all = variants.ordered.map { variant in
      Series(
        variant: variant,
        arms: summaries.filter { variants.byArm[$0.arm.name] == variant }.sorted { Self.place($0) < Self.place($1) }
      )
    }.filter { !$0.arms.isEmpty }
    self.data = data
    self.metric = metric
    series = all.filter { $0.variant.method != Plan.Arm.dense }
    dense = all.filter { $0.variant.method == Plan.Arm.dense }
  }

  var title: String { metric == .top1 ? "Accuracy against sparsity" : "\(metric.title) against sparsity" }

  /// Nil without a finished pruned run.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !series.isEmpty else { return nil }
    let published = publishedPoints
    let samples = (series + dense).flatMap(\.arms).map { $0.sample(result) }
    let points = samples.flatMap(\.values).map { 100 * $0 } + published.map(\.point.value)
    let ends = samples.compactMap(\.interval).flatMap { [100 * $0.lowerBound, 100 * $0.upperBound] }
    let heights = points + Self.limited(ends, by: points)
    let sparsities = series.flatMap(\.arms).map { 100 * Self.place($0) }
    var legend = Legend(entries: series.map { Legend.Entry(label: $0.variant.label, style: $0.variant.style) })
    legend.entries += dense.map {
      Legend.Entry(label: "\($0.variant.label) (not pruned)", style: $0.variant.style, showsMarker: false)
    }
    if !published.isEmpty {
      var style = SeriesStyle(method: Plan.Arm.dense)
      style.marker = .cross
      legend.entries.append(Legend.Entry(label: "published", style: style, showsLine: false))
    }
    let grid = SmallMultiples(
      title: title, columns: [""],
      rows: [
        SmallMultiples.Row(
          label: "Test \(data.plan.title(of: metric)) (%)",
          axis: Axis(over: heights, limits: (metric.isCorrelation ? -100 : 0)...100, tickCount: 7), height: 420
        )
      ],
      x: Axis(at: sparsities, padding: 0.12, gap: 0.06), xLabel: xLabel,
      legend: legend
    )
    let canvas = grid.draw { canvas, panel, _, _ in
      for line in dense { drawDense(line, panel, canvas) }
      for (index, line) in series.enumerated() {
        let step = min(Self.dodge, Self.longestDodge / Double(series.count))
        let shift = step * (Double(index) - Double(series.count - 1) / 2)
        drawPruned(line, shift: shift, panel, canvas)
        for entry in published where line.arms.contains(where: { $0.arm == entry.arm }) {
          let place = panel.point(100 * entry.point.sparsity, entry.point.value)
          let beside = Point(x: place.x + shift, y: place.y)
          canvas.marker(.cross, at: beside, radius: 7, line.variant.style.colour)
        }
      }
    }
    return (canvas, table(published.map(\.point)))
  }

  /// Sparsity at which an arm is drawn: the requested one, or the counted one where the two differ.
  private static func place(_ arm: ArmSummary) -> Double {
    arm.isOffTarget ? arm.achieved.mean ?? arm.arm.sparsity : arm.arm.sparsity
  }

  private var xLabel: String {
    let arms = series.flatMap(\.arms)
    let units = Set(arms.map { $0.prunesChannels ? "channels" : "weights" }).sorted().joined(separator: " or ")
    let isRequested = !arms.contains(where: \.isOffTarget)
    return (isRequested ? "Requested sparsity" : "Sparsity, requested or, where it differs, counted")
      + " (% of prunable \(units) removed)"
  }

  /// `ends` no farther from `points` than a third of their spread: with two replicates an interval may be so long that
  /// it would flatten everything else.
  private static func limited(_ ends: [Double], by points: [Double]) -> [Double] {
    guard let lowest = points.min(), let highest = points.max() else { return [] }
    let reach = max((highest - lowest) / 3, 1)
    return ends.map { min(highest + reach, max(lowest - reach, $0)) }
  }

  private func drawDense(_ line: Series, _ panel: Panel, _ canvas: Canvas) {
    for arm in line.arms {
      let sample = arm.sample(result)
      guard let mean = sample.mean else { continue }
      let colour = line.variant.style.colour
      if let interval = sample.interval {
        let top = panel.point(0, 100 * interval.upperBound).y
        let bottom = panel.point(0, 100 * interval.lowerBound).y
        let band = Rectangle(left: panel.frame.left, top: top, width: panel.frame.width, height: bottom - top)
        canvas.fill(band, colour.faded(to: 0.1))
      }
      let height = panel.point(0, 100 * mean).y
      canvas.line(
        [Point(x: panel.frame.left, y: height), Point(x: panel.frame.right, y: height)], colour, width: 1.6,
        dash: line.variant.style.dash
      )
    }
  }

  private func drawPruned(_ line: Series, shift: Double, _ panel: Panel, _ canvas: Canvas) {
    let style = line.variant.style
    func place(_ arm: ArmSummary, _ value: Double) -> Point {
      let point = panel.point(100 * Self.place(arm), 100 * value)
      return Point(x: point.x + shift, y: point.y)
    }
    let means = line.arms.compactMap { arm in arm.sample(result).mean.map { place(arm, $0) } }
    canvas.line(means, style.colour.faded(to: 0.55), width: 1.6, dash: style.dash)
    for arm in line.arms {
      let sample = arm.sample(result)
      if let interval = sample.interval {
        let top = place(arm, interval.upperBound)
        let bottom = place(arm, interval.lowerBound)
        canvas.line([top, bottom], style.colour, width: 1.4)
        for end in [top, bottom] {
          canvas.line([Point(x: end.x - 3.5, y: end.y), Point(x: end.x + 3.5, y: end.y)], style.colour, width: 1.4)
        }
      }
      if sample.count > 1 {
        for value in sample.values {
          let seed = place(arm, value)
          canvas.marker(.circle, at: Point(x: seed.x - 7, y: seed.y), radius: 2.6, style.colour.faded(to: 0.8))
        }
      }
      if let mean = sample.mean {
        canvas.marker(style.marker, at: place(arm, mean), radius: 5, style.colour, isOpen: style.isOpen)
      }
    }
  }

  /// Published numbers that may stand beside these runs.
  private var publishedPoints: [(point: Plan.Published, arm: Plan.Arm)] {
    series.flatMap(\.arms).flatMap { summary in
      Comparison(of: summary.arm, on: metric, in: data).comparable.map { ($0, summary.arm) }
    }
  }

  private func table(_ published: [Plan.Published]) -> CSVDocument {
    var csv = CSVDocument([
      "arm", "method", "structure", "requested_sparsity", "counted_sparsity", "run", "replicate", "numerics", result,
    ])
    for summary in (dense + series).flatMap(\.arms) {
      for run in summary.counted {
        guard let value = run.evidence.results[result] else { continue }
        csv.append([
          .text(summary.arm.name), .text(summary.arm.method), .text(summary.arm.structure),
          .number(summary.arm.sparsity), summary.achieved(by: run.evidence).map { .number($0) } ?? .empty,
          .text(run.evidence.id), .integer(run.replicate),
          summary.numerics.map { .integer($0) } ?? .empty, .number(value),
        ])
      }
    }
    for point in published {
      csv.append([
        .text("published: \(point.source)"), .text(point.method), .text(point.structure), .number(point.sparsity),
        .empty, .empty, .empty, .empty, .number(point.value / 100),
      ])
    }
    return csv
  }
}
