import Planning
import RunStore
import Training

/// Loss and accuracy over training: a column a sparsity, a line a replicate.
struct CurvesFigure {
  /// Longest series drawn point by point.
  static let longest = 200

  private struct Quantity {
    var name: String
    var split: String
    var label: String
    var scale: Double
  }

  private struct Curve {
    var arm: Plan.Arm
    var run: String
    var replicate: Int
    var quantity: Int
    var points: [MetricPoint]
  }

  private let quantities: [Quantity]

  private static func quantities(of plan: Plan) -> [Quantity] {
    let title = plan.title(of: plan.headline)
    let name = plan.headline.rawValue
    return [
      Quantity(name: "loss", split: "train", label: "Training loss", scale: 1),
      Quantity(name: "loss", split: "test", label: "Test loss", scale: 1),
      Quantity(name: name, split: "train", label: "Training \(title) (%)", scale: 100),
      Quantity(name: name, split: "test", label: "Test \(title) (%)", scale: 100),
    ]
  }

  private let variants: (byArm: [String: Variant], ordered: [Variant])
  private let curves: [Curve]

  init(_ data: ReportData) {
    variants = Variant.all(in: data)
    let quantities = Self.quantities(of: data.plan)
    self.quantities = quantities
    curves = data.orderedArms.flatMap { arm in
      data.runs(of: arm).flatMap { run in
        quantities.indices.compactMap { index in
          let quantity = quantities[index]
          let points = run.evidence.metrics.filter { $0.name == quantity.name && $0.split == quantity.split }
          guard !points.isEmpty else { return nil }
          return Curve(
            arm: arm, run: run.evidence.id, replicate: run.replicate, quantity: index,
            points: Self.thinned(points.sorted { $0.step < $1.step })
          )
        }
      }
    }
  }

  /// Nil if no run has logged any of the quantities.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !curves.isEmpty else { return nil }
    let columns = FigureColumn.columns(of: curves.map(\.arm))
    let shown = quantities.indices.filter { index in curves.contains { $0.quantity == index } }
    let rows = shown.map { index in
      let quantity = quantities[index]
      let values = curves.filter { $0.quantity == index }.flatMap { $0.points.map { $0.value * quantity.scale } }
      return quantity.name == "loss" ? lossRow(quantity.label, values) : accuracyRow(quantity.label, values)
    }
    let grid = SmallMultiples(
      title: "Training and test curves", columns: columns.map(\.title), rows: rows,
      x: Axis(over: [0] + curves.flatMap { $0.points.map(\.epoch) }, padding: 0, tickCount: columns.count > 1 ? 5 : 10),
      xLabel: "Epochs of training",
      legend: Legend(
        entries: variants.ordered.filter { variant in curves.contains { variants.byArm[$0.arm.name] == variant } }
          .map { Legend.Entry(label: $0.label, style: $0.style, showsMarker: false) }
      )
    )
    let canvas = grid.draw { canvas, panel, column, row in
      for curve in curves where curve.quantity == shown[row] && columns[column].shows(curve.arm) {
        guard let style = variants.byArm[curve.arm.name]?.style else { continue }
        let scale = quantities[curve.quantity].scale
        let points = curve.points.map { panel.point($0.epoch, $0.value * scale) }
        canvas.line(points, style.colour.faded(to: 0.75), width: 1.3, dash: style.dash)
        if let only = points.first, points.count == 1 {
          canvas.marker(.circle, at: only, radius: 3, style.colour)
        }
      }
    }
    return (canvas, table)
  }

  private func accuracyRow(_ label: String, _ values: [Double]) -> SmallMultiples.Row {
    SmallMultiples.Row(label: label, axis: Axis(over: values, limits: 0...100), height: 170)
  }

  /// A diverging run must not flatten all others: the axis ends well above what 95 % of the points need.
  private func lossRow(_ label: String, _ values: [Double]) -> SmallMultiples.Row {
    let usual = Sample(values).quantile(0.95) ?? 1
    let isCut = (values.max() ?? 0) > 4 * usual
    let shown = isCut ? values.filter { $0 <= 2 * usual } : values
    let axis = Axis(over: [0] + shown, limits: 0...Double.infinity)
    return SmallMultiples.Row(label: isCut ? "\(label), cut" : label, axis: axis, height: 170)
  }

  private var table: CSVDocument {
    var csv = CSVDocument(["arm", "method", "run", "replicate", "metric", "split", "step", "epoch", "value"])
    for curve in curves {
      let quantity = quantities[curve.quantity]
      for point in curve.points {
        csv.append([
          .text(curve.arm.name), .text(curve.arm.method), .text(curve.run), .integer(curve.replicate),
          .text(quantity.name), .text(quantity.split), .integer(point.step), .number(point.epoch),
          .number(point.value),
        ])
      }
    }
    return csv
  }

  /// `points`, or their means over `longest` stretches of about equal count.
  private static func thinned(_ points: [MetricPoint]) -> [MetricPoint] {
    guard points.count > longest else { return points }
    return (0..<longest).map { index in
      let stretch = points[(index * points.count / longest)..<((index + 1) * points.count / longest)]
      var point = stretch[stretch.endIndex - 1]
      point.epoch = stretch.reduce(0) { $0 + $1.epoch } / Double(stretch.count)
      point.value = stretch.reduce(0) { $0 + $1.value } / Double(stretch.count)
      return point
    }
  }
}
