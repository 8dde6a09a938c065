import Planning
import RunStore
import Training

/// Sparsity of every matrix of a transformer at the end of training: a map an arm, a row a kind of matrix, a column a
/// layer.
struct MatrixFigure {
  private struct Cell {
    var kind: String
    var layer: Int
    var name: String
    /// Mean over replicates of the share removed.
    var sparsity: Double
    var replicates: Int
  }

  private struct Map {
    var arm: Plan.Arm
    var cells: [Cell]
  }

  private let maps: [Map]
  private let kinds: [String]
  private let layers: [Int]

  private static let (width, mapsInBand) = (960.0, 3)
  private static let (left, top, gap, cellHeight, header) = (104.0, 66.0, 24.0, 22.0, 44.0)

  init(_ data: ReportData) {
    maps = data.orderedArms.filter { $0.method != Plan.Arm.dense }.compactMap { arm in
      let cells = Self.cells(of: ArmSummary(of: arm, in: data).counted.map(\.evidence))
      return cells.isEmpty ? nil : Map(arm: arm, cells: cells)
    }
    var kinds: [String] = []
    for cell in maps.flatMap(\.cells) where !kinds.contains(cell.kind) { kinds.append(cell.kind) }
    self.kinds = kinds
    layers = Set(maps.flatMap(\.cells).map(\.layer)).sorted()
  }

  private static func cells(of runs: [RunEvidence]) -> [Cell] {
    let described = runs.first { !$0.layers.isEmpty }?.layers ?? []
    return described.filter(\.isPrunable).sorted { $0.index < $1.index }.compactMap { layer in
      guard let (number, kind) = place(of: layer.name) else { return nil }
      let last = runs.compactMap { run in
        run.layerPoints.filter { $0.index == layer.index && $0.total > 0 }.max { $0.step < $1.step }
      }
      guard !last.isEmpty else { return nil }
      let shares = last.map { 1 - Double($0.nonzero) / Double($0.total) }
      return Cell(
        kind: kind, layer: number, name: layer.name, sparsity: shares.reduce(0, +) / Double(shares.count),
        replicates: shares.count)
    }
  }

  /// Number of the encoder's layer, and what the matrix in it is called; nil for weights outside of the encoder's layers.
  static func place(of name: String) -> (layer: Int, kind: String)? {
    let parts = name.split(separator: ".")
    guard let start = parts.firstIndex(of: "layer"), start + 1 < parts.count, let number = Int(parts[start + 1]) else {
      return nil
    }
    let rest = parts[(start + 2)...].joined(separator: ".")
    let kinds = [
      "attention.self.query.weight": "query", "attention.self.key.weight": "key",
      "attention.self.value.weight": "value", "attention.output.dense.weight": "attention out",
      "intermediate.dense.weight": "feed-forward in", "output.dense.weight": "feed-forward out",
    ]
    return kinds[rest].map { (number, $0) }
  }

  /// Nil if no finished pruned run has logged such matrices.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard !maps.isEmpty else { return nil }
    let bands = (maps.count + Self.mapsInBand - 1) / Self.mapsInBand
    let bandHeight = Self.header + Self.cellHeight * Double(kinds.count) + 34
    let canvas = Canvas(width: Int(Self.width), height: Int(Self.top + bandHeight * Double(bands)))
    canvas.text("Sparsity a matrix", at: Point(x: Self.width / 2, y: 22), .middle, size: 15, isBold: true)
    canvas.text(
      "% of the matrix removed, by layer of the encoder; darker is more", at: Point(x: Self.width / 2, y: 44), .middle,
      colour: .quiet)
    let across = Double(min(Self.mapsInBand, maps.count))
    let mapWidth = (Self.width - Self.left - 20 - Self.gap * (across - 1)) / across
    for (index, map) in maps.enumerated() {
      let frame = Rectangle(
        left: Self.left + (mapWidth + Self.gap) * Double(index % Self.mapsInBand),
        top: Self.top + bandHeight * Double(index / Self.mapsInBand) + Self.header, width: mapWidth,
        height: Self.cellHeight * Double(kinds.count))
      draw(map, in: frame, showsKinds: index % Self.mapsInBand == 0, on: canvas)
    }
    return (canvas, table)
  }

  private func draw(_ map: Map, in frame: Rectangle, showsKinds: Bool, on canvas: Canvas) {
    let middle = frame.left + frame.width / 2
    canvas.text(
      canvas.fitted(map.arm.name, width: frame.width, isBold: true), at: Point(x: middle, y: frame.top - 28), .middle,
      isBold: true)
    let cellWidth = frame.width / Double(max(1, layers.count))
    let size = min(11, cellWidth / 3)
    for (column, layer) in layers.enumerated() {
      let x = frame.left + (Double(column) + 0.5) * cellWidth
      canvas.text("\(layer)", at: Point(x: x, y: frame.top - 10), .middle, size: 11, colour: .quiet)
    }
    for (row, kind) in kinds.enumerated() {
      let y = frame.top + (Double(row) + 0.5) * Self.cellHeight
      if showsKinds { canvas.text(kind, at: Point(x: frame.left - 8, y: y), .right, size: 11) }
      for (column, layer) in layers.enumerated() {
        let place = Rectangle(
          left: frame.left + Double(column) * cellWidth + 0.5, top: y - Self.cellHeight / 2 + 0.5,
          width: cellWidth - 1, height: Self.cellHeight - 1)
        guard let cell = map.cells.first(where: { $0.kind == kind && $0.layer == layer }) else {
          canvas.stroke(place, .grid)
          continue
        }
        canvas.fill(place, Self.colour(cell.sparsity))
        guard size >= 7 else { continue }
        canvas.text(
          NumberText.fixed(100 * cell.sparsity, 0), at: Point(x: place.left + place.width / 2, y: y), .middle,
          size: size, colour: cell.sparsity > 0.55 ? .paper : .ink)
      }
    }
  }

  /// From nearly white to dark blue.
  private static func colour(_ share: Double) -> Colour {
    let (light, dark) = (Colour(0xF2F6FA), Colour(0x08306B))
    let part = min(1, max(0, share))
    var colour = light
    colour.red += (dark.red - light.red) * part
    colour.green += (dark.green - light.green) * part
    colour.blue += (dark.blue - light.blue) * part
    return colour
  }

  private var table: CSVDocument {
    var csv = CSVDocument(["arm", "method", "layer", "matrix", "name", "replicates", "sparsity"])
    for map in maps {
      for cell in map.cells {
        csv.append([
          .text(map.arm.name), .text(map.arm.method), .integer(cell.layer), .text(cell.kind), .text(cell.name),
          .integer(cell.replicates), .number(cell.sparsity),
        ])
      }
    }
    return csv
  }
}
