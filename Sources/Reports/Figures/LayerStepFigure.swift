import Planning
import RunStore
import Training

/// Sparsity of every prunable layer over training: a map an arm, a row a layer, a column a step at which it was counted.
struct LayerStepFigure {
  private struct Map {
    var arm: Plan.Arm
    var run: String
    var replicate: Int
    /// By name, in the order of the network.
    var layers: [(layer: LayerDescription, points: [LayerPoint])]

    var steps: [Int] { Set(layers.flatMap { $0.points.map(\.step) }).sorted() }
  }

  private let maps: [Map]
  private let names: [String]

  /// Most columns that a map has: of longer series the last step of each of as many stretches is drawn.
  static let longest = 60

  private static let (width, mapsInBand, gap, edge) = (960.0, 3, 22.0, 20.0)
  private static let (top, header, footer) = (88.0, 24.0, 44.0)
  private static let (nameSize, longestName) = (10.0, 190.0)

  init(_ data: ReportData) {
    maps = data.orderedArms.filter(\.isPruned).compactMap { arm in
      guard let run = ArmSummary(of: arm, in: data).counted.first else { return nil }
      let points = Self.thinned(run.evidence.layerPoints)
      let layers = run.evidence.layers.filter(\.isPrunable).sorted { $0.index < $1.index }
        .map { layer in (layer: layer, points: points[layer.index, default: []]) }.filter { !$0.points.isEmpty }
      return layers.isEmpty ? nil : Map(arm: arm, run: run.evidence.id, replicate: run.replicate, layers: layers)
    }
    var names: [String] = []
    for layer in maps.flatMap(\.layers).map(\.layer).sorted(by: { $0.index < $1.index })
    where !names.contains(layer.name) {
      names.append(layer.name)
    }
    self.names = names
  }

  /// Points by layer in the order of steps, at `longest` steps at most.
  private static func thinned(_ points: [LayerPoint]) -> [Int: [LayerPoint]] {
    let counted = points.filter { $0.total > 0 }
    let steps = Set(counted.map(\.step)).sorted()
    let kept =
      steps.count <= longest ? Set(steps) : Set((1...longest).map { steps[$0 * steps.count / longest - 1] })
    return Dictionary(grouping: counted.filter { kept.contains($0.step) }, by: \.index)
      .mapValues { $0.sorted { $0.step < $1.step } }
  }

  /// Nil if no finished pruned run has logged its layers.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !maps.isEmpty else { return nil }
    let ruler = Canvas(width: 1, height: 1)
    let labels = LayerFigure.shortened(names).map { ruler.fitted($0, width: Self.longestName, size: Self.nameSize) }
    let left = (labels.map { ruler.textWidth($0, size: Self.nameSize) }.max() ?? 0) + Self.edge + 10
    let rowHeight = min(24, max(4, (240 / Double(names.count)).rounded()))
    let mapHeight = rowHeight * Double(names.count)
    let bandHeight = Self.header + mapHeight + Self.footer
    let across = min(Self.mapsInBand, maps.count)
    let bands = (maps.count + across - 1) / across
    let mapWidth = (Self.width - left - Self.edge - Self.gap * Double(across - 1)) / Double(across)

    let canvas = Canvas(width: Int(Self.width), height: Int(Self.top + bandHeight * Double(bands)))
    canvas.text("Sparsity by layer and step", at: Point(x: Self.edge, y: 24), size: 16, isBold: true)
    canvas.text(
      "a row a layer, a column a step at which it was counted", at: Point(x: Self.edge, y: 47), size: 11,
      colour: .quiet)
    canvas.text(
      "Weights removed (% of the layer)", at: Point(x: Self.width - Self.edge - 252, y: 51), .right, size: 11)
    SparsityScale.drawBar(
      in: Rectangle(left: Self.width - Self.edge - 240, top: 44, width: 240, height: 14), on: canvas)
    for (index, map) in maps.enumerated() {
      let frame = Rectangle(
        left: (left + (mapWidth + Self.gap) * Double(index % across)).rounded(),
        top: Self.top + bandHeight * Double(index / across) + Self.header, width: mapWidth.rounded(.down),
        height: mapHeight)
      draw(map, in: frame, rowHeight: rowHeight, on: canvas)
      if index % across == 0 { draw(labels, beside: frame, rowHeight: rowHeight, on: canvas) }
    }
    return (canvas, table)
  }

  private func draw(_ map: Map, in frame: Rectangle, rowHeight: Double, on canvas: Canvas) {
    canvas.text(
      canvas.fitted(map.arm.name, width: frame.width, isBold: true),
      at: Point(x: frame.left + frame.width / 2, y: frame.top - 12), .middle, isBold: true)
    var rows = Axis(over: [])
    rows.range = 0...Double(max(1, names.count))
    rows.ticks = []
    let epochs = map.layers.flatMap { $0.points.map(\.epoch) }
    let panel = Panel(
      frame: frame, x: Axis(over: [0] + epochs, padding: 0, tickCount: 4), y: rows, labelsY: false)
    panel.draw(on: canvas)
    for (layer, points) in map.layers {
      guard let row = names.firstIndex(of: layer.name) else { continue }
      var start = frame.left
      for point in points {
        // Whole pixels: smoothed edges of neighbours would show as seams.
        let end = panel.point(point.epoch, 0).x.rounded()
        let cell = Rectangle(
          left: start, top: frame.top + rowHeight * Double(row), width: max(0, end - start), height: rowHeight)
        canvas.fill(cell, SparsityScale.colour(point.sparsity))
        start = max(start, end)
      }
    }
    canvas.stroke(frame, .frame)
    canvas.text(
      "Epochs of training", at: Point(x: frame.left + frame.width / 2, y: frame.bottom + 31), .middle, size: 11)
  }

  /// Names of the rows, of every so many that they do not touch.
  private func draw(_ labels: [String], beside frame: Rectangle, rowHeight: Double, on canvas: Canvas) {
    let step = max(1, Int((11 / rowHeight).rounded(.up)))
    for index in stride(from: 0, to: labels.count, by: step) {
      let y = frame.top + rowHeight * (Double(index) + 0.5)
      canvas.text(labels[index], at: Point(x: frame.left - 7, y: y), .right, size: Self.nameSize)
    }
  }

  private var table: CSVDocument {
    var csv = CSVDocument([
      "arm", "method", "run", "replicate", "layer", "name", "step", "epoch", "nonzero", "total", "sparsity",
    ])
    for map in maps {
      for (layer, points) in map.layers {
        for point in points {
          csv.append([
            .text(map.arm.name), .text(map.arm.method), .text(map.run), .integer(map.replicate),
            .integer(layer.index), .text(layer.name), .integer(point.step), .number(point.epoch),
            .integer(point.nonzero), .integer(point.total), .number(point.sparsity),
          ])
        }
      }
    }
    return csv
  }
}

extension LayerPoint {
  /// Share of the layer's weights that are zero.
  ///
  /// - Precondition: `total` > 0.
  fileprivate var sparsity: Double { 1 - Double(nonzero) / Double(total) }
}
