import Planning
import RunStore
import Training

/// How many texts have how many tokens: a panel a part of the data, of the first replicate that has logged it.
struct LengthFigure {
  private let parts: [(name: String, counts: [(length: Int, count: Double)])]
  private let run: String
  private let padding: Sample

  /// Most bars of a panel.
  private static let mostBars = 64

  init(_ data: ReportData) {
    let runs = data.orderedArms.flatMap { data.runs(of: $0).map(\.evidence) }
    let logged = runs.first { run in run.metrics.contains { $0.split == MetricPoint.lengthsSplit } }
    run = logged?.id ?? ""
    let points = (logged?.metrics ?? []).filter { $0.split == MetricPoint.lengthsSplit }
    var names: [String] = []
    for point in points where !names.contains(point.name) { names.append(point.name) }
    // Training texts first.
    names.sort { ($0 == Self.training ? 0 : 1, $0) < ($1 == Self.training ? 0 : 1, $1) }
    parts = names.map { name in
      (name, points.filter { $0.name == name }.map { ($0.step, $0.value) }.sorted { $0.0 < $1.0 })
    }
    padding = Sample(runs.compactMap { $0.results["padding-share"] })
  }

  private static let training = "training-texts"

  /// Nil if no run has logged the lengths of its texts.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard let longest = parts.flatMap(\.counts).map(\.length).max() else { return nil }
    let width = max(1, (longest + Self.mostBars - 1) / Self.mostBars)
    let bars = parts.map { part in Self.bars(part.counts, width: width) }
    let rows = zip(parts, bars).map { part, bars in
      SmallMultiples.Row(
        label: part.name.replacing("-", with: " "),
        axis: Axis(over: [0] + bars.map(\.count), limits: 0...Double.infinity),
        height: 170)
    }
    let share = padding.mean.map { "; padding is \(NumberText.percent($0)) % of the training batches' tokens" } ?? ""
    let grid = SmallMultiples(
      title: "Texts by their tokens", columns: [""], rows: rows,
      x: Axis(over: [0, Double(longest + 1)], padding: 0, tickCount: 10), xLabel: "Tokens of a text" + share,
      legend: Legend(entries: []))
    let colour = SeriesStyle(method: Plan.Arm.dense).colour
    let canvas = grid.draw { canvas, panel, _, row in
      for bar in bars[row] {
        let low = panel.point(Double(bar.start) - 0.5, 0)
        let high = panel.point(Double(bar.start + width) - 0.5, bar.count)
        canvas.fill(
          Rectangle(left: low.x + 0.5, top: high.y, width: max(1, high.x - low.x - 1), height: low.y - high.y),
          colour.faded(to: 0.8))
      }
    }
    return (canvas, table)
  }

  private static func bars(_ counts: [(length: Int, count: Double)], width: Int) -> [(start: Int, count: Double)] {
    var bars: [Int: Double] = [:]
    for (length, count) in counts { bars[length / width * width, default: 0] += count }
    return bars.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private var table: CSVDocument {
    var csv = CSVDocument(["part", "run", "tokens", "texts"])
    for part in parts {
      for (length, count) in part.counts {
        csv.append([.text(part.name), .text(run), .integer(length), .integer(Int(count))])
      }
    }
    return csv
  }
}
