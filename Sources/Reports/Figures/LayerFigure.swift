import Planning
import RunStore
import Training

/// Sparsity of every prunable layer at the end of training.
struct LayerFigure {
  private struct Mark {
    var arm: Plan.Arm
    var layer: LayerDescription
    /// A value a replicate.
    var runs: [(run: String, replicate: Int, point: LayerPoint)]

    var sample: Sample { Sample(runs.map { 1 - Double($0.point.nonzero) / Double($0.point.total) }) }
  }

  private let variants: (byArm: [String: Variant], ordered: [Variant])
  private let marks: [Mark]

  init(_ data: ReportData) {
    variants = Variant.all(in: data)
    marks = data.orderedArms.filter { $0.method != Plan.Arm.dense }.flatMap { arm in
      let runs = ArmSummary(of: arm, in: data).counted
      let layers = runs.first { !$0.evidence.layers.isEmpty }?.evidence.layers ?? []
      return layers.filter(\.isPrunable).sorted { $0.index < $1.index }.compactMap { layer in
        let last = runs.compactMap { run in
          Self.last(of: layer.index, in: run.evidence).map { (run.evidence.id, run.replicate, $0) }
        }
        return last.isEmpty ? nil : Mark(arm: arm, layer: layer, runs: last)
      }
    }
  }

  /// Nil if no finished pruned run has logged its layers.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !marks.isEmpty else { return nil }
    var names: [String] = []
    for mark in marks.sorted(by: { $0.layer.index < $1.layer.index }) where !names.contains(mark.layer.name) {
      names.append(mark.layer.name)
    }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Double(names.count - 1 - $0)) })
    let columns = FigureColumn.columns(of: marks.map(\.arm))
    let shown = variants.ordered.filter { variant in marks.contains { variants.byArm[$0.arm.name] == variant } }
    var scale = Axis(over: [])
    scale.range = -0.5...(Double(names.count) - 0.5)
    scale.ticks = names.indices.map { Axis.Tick(value: Double($0), label: "") }
    let rowHeight = max(17, 6 * Double(shown.count) + 4)
    let sparsities = marks.flatMap { $0.sample.values.map { 100 * $0 } }
    let grid = SmallMultiples(
      title: "Sparsity a layer", columns: columns.map(\.title),
      rows: [SmallMultiples.Row(label: "", axis: scale, height: rowHeight * Double(names.count))],
      x: Axis(over: sparsities + [100], padding: 0.03, tickCount: columns.count > 1 ? 4 : 10),
      xLabel: "Weights removed (% of the layer)",
      legend: Legend(entries: shown.map { Legend.Entry(label: $0.label, style: $0.style, showsLine: false) }),
      names: Self.shortened(names)
    )
    let canvas = grid.draw { canvas, panel, column, _ in
      for mark in marks where columns[column].shows(mark.arm) {
        guard let variant = variants.byArm[mark.arm.name], let place = places[mark.layer.name],
          let order = shown.firstIndex(of: variant), let mean = mark.sample.mean
        else { continue }
        let shift = (Double(order) - Double(shown.count - 1) / 2) * 6
        draw(mark.sample, mean, at: place, shift: shift, variant.style, panel, canvas)
      }
    }
    return (canvas, table)
  }

  /// The names without the beginning and the end that all of them share, whole words of them.
  static func shortened(_ names: [String]) -> [String] {
    let words = names.map { $0.split(separator: ".") }
    guard let first = words.first, words.count > 1, let shortest = words.map(\.count).min() else { return names }
    let start = (0..<shortest - 1).prefix { place in words.allSatisfy { $0[place] == first[place] } }.count
    let end = (0..<shortest - 1 - start).prefix { place in
      words.allSatisfy { $0[$0.count - 1 - place] == first[first.count - 1 - place] }
    }.count
    return words.map { $0[start..<($0.count - end)].joined(separator: ".") }
  }

  private func draw(
    _ sample: Sample, _ mean: Double, at place: Double, shift: Double, _ style: SeriesStyle, _ panel: Panel,
    _ canvas: Canvas
  ) {
    func point(_ value: Double) -> Point {
      let point = panel.point(100 * value, place)
      return Point(x: point.x, y: point.y + shift)
    }
    if let lowest = sample.values.min(), let highest = sample.values.max(), lowest < highest {
      canvas.line([point(lowest), point(highest)], style.colour, width: 1.4)
    }
    canvas.marker(style.marker, at: point(mean), radius: 3, style.colour, isOpen: style.isOpen)
  }

  private static func last(of layer: Int, in run: RunEvidence) -> LayerPoint? {
    run.layerPoints.filter { $0.index == layer && $0.total > 0 }.max { $0.step < $1.step }
  }

  private var table: CSVDocument {
    var csv = CSVDocument([
      "arm", "method", "layer", "name", "operation", "run", "replicate", "nonzero", "total", "sparsity",
    ])
    for mark in marks {
      for (run, value) in zip(mark.runs, mark.sample.values) {
        csv.append([
          .text(mark.arm.name), .text(mark.arm.method), .integer(mark.layer.index), .text(mark.layer.name),
          .text(mark.layer.operation), .text(run.run), .integer(run.replicate), .integer(run.point.nonzero),
          .integer(run.point.total), .number(value),
        ])
      }
    }
    return csv
  }
}
