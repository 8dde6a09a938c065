/// A grid of plots with common scales: a column a condition, a row a quantity.
///
/// More columns than fit side by side go into further bands below.
struct SmallMultiples {
  struct Row {
    var label: String
    var axis: Axis
    var height: Double
  }

  var title: String
  var columns: [String]
  var rows: [Row]
  var x: Axis
  var xLabel: String
  var legend: Legend
  /// Names along the vertical scale instead of numbers, from top to bottom; their rows are as high as `Row.height`
  /// divided by their number.
  var names: [String] = []

  static let width = 960.0
  private static let columnsInBand = 3
  private static let gap = 16.0
  /// Wide enough for the last tick label of one plot and the first of the next.
  private static let columnGap = 30.0
  private static let right = 22.0
  private static let nameSize = 11.0
  private static let longestName = 250.0

  /// Draws the grid; `content` fills the plot in the column and row given to it.
  func draw(_ content: (Canvas, Panel, _ column: Int, _ row: Int) -> Void) -> Canvas {
    let ruler = Canvas(width: 1, height: 1)
    let names = names.map { ruler.fitted($0, width: Self.longestName, size: Self.nameSize) }
    let longest = names.map { ruler.textWidth($0, size: Self.nameSize) }.max()
    let left = longest.map { $0 + 22 } ?? 78
    let legendWidth = Self.width - 40
    let legendTop = 44.0
    let top = legendTop + legend.height(width: legendWidth, on: ruler) + 6
    // Bands of about equal length: four columns stand two by two.
    let bandCount = max(1, (columns.count + Self.columnsInBand - 1) / Self.columnsInBand)
    let inBand = max(1, (columns.count + bandCount - 1) / bandCount)
    let bands = stride(from: 0, to: columns.count, by: inBand).map { Array($0..<min($0 + inBand, columns.count)) }
    let headerHeight = columns.contains { !$0.isEmpty } ? 26.0 : 8.0
    let across = Double(bands.first?.count ?? 1)
    let panelWidth = (Self.width - left - Self.right - Self.columnGap * (across - 1)) / across
    let bandHeight = rows.reduce(headerHeight + 50) { $0 + $1.height } + Self.gap * Double(rows.count - 1)

    let canvas = Canvas(width: Int(Self.width), height: Int(top + bandHeight * Double(bands.count) + 4))
    canvas.text(
      canvas.fitted(title, width: Self.width - 40, size: 16, isBold: true), at: Point(x: 20, y: 24), size: 16,
      isBold: true
    )
    legend.draw(left: 20, top: legendTop, width: legendWidth, on: canvas)
    for (index, band) in bands.enumerated() {
      let bandTop = top + bandHeight * Double(index)
      for (place, column) in band.enumerated() {
        let panelLeft = left + (panelWidth + Self.columnGap) * Double(place)
        canvas.text(
          canvas.fitted(columns[column], width: panelWidth, size: 13, isBold: true),
          at: Point(x: panelLeft + panelWidth / 2, y: bandTop + 13), .middle, size: 13, isBold: true
        )
        var panelTop = bandTop + headerHeight
        for (row, description) in rows.enumerated() {
          let panel = Panel(
            frame: Rectangle(left: panelLeft, top: panelTop, width: panelWidth, height: description.height), x: x,
            y: description.axis, labelsX: row == rows.count - 1, labelsY: place == 0 && names.isEmpty
          )
          panel.draw(on: canvas)
          if place == 0 { label(panel, description, names, on: canvas) }
          canvas.clipped(to: panel.frame) { content(canvas, panel, column, row) }
          panelTop += description.height + Self.gap
        }
      }
      let middle = left + (Double(band.count) * (panelWidth + Self.columnGap) - Self.columnGap) / 2
      canvas.text(xLabel, at: Point(x: middle, y: bandTop + bandHeight - 16), .middle, size: 13)
    }
    return canvas
  }

  private func label(_ panel: Panel, _ row: Row, _ names: [String], on canvas: Canvas) {
    guard !names.isEmpty else {
      let middle = panel.frame.top + panel.frame.height / 2
      canvas.text(row.label, at: Point(x: 20, y: middle), .middle, size: 13, turned: true)
      return
    }
    for (index, name) in names.enumerated() {
      let place = panel.point(panel.x.range.lowerBound, Double(names.count - 1 - index))
      canvas.text(name, at: Point(x: place.x - 8, y: place.y), .right, size: Self.nameSize)
    }
  }
}
