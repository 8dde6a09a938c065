/// Names of what is drawn, in lines above the plots, where they cover nothing.
struct Legend {
  struct Entry: Equatable {
    var label: String
    var style: SeriesStyle
    var showsLine = true
    var showsMarker = true
  }

  var entries: [Entry]

  private static let lineHeight = 22.0
  private static let sample = 34.0

  /// Rows of entries that fit in `width` pixels, each with its offset from the left.
  private func rows(width: Double, on canvas: Canvas) -> [[(entry: Entry, offset: Double)]] {
    var rows: [[(entry: Entry, offset: Double)]] = []
    var offset = width
    for var entry in entries {
      entry.label = canvas.fitted(entry.label, width: width - Self.sample, size: 12)
      let needed = Self.sample + canvas.textWidth(entry.label, size: 12)
      if offset + needed > width {
        rows.append([])
        offset = 0
      }
      rows[rows.count - 1].append((entry, offset))
      offset += needed + 22
    }
    return rows
  }

  func height(width: Double, on canvas: Canvas) -> Double {
    Double(rows(width: width, on: canvas).count) * Self.lineHeight
  }

  func draw(left: Double, top: Double, width: Double, on canvas: Canvas) {
    for (index, row) in rows(width: width, on: canvas).enumerated() {
      let middle = top + (Double(index) + 0.5) * Self.lineHeight
      for (entry, offset) in row {
        let start = left + offset
        if entry.showsLine {
          canvas.line(
            [Point(x: start, y: middle), Point(x: start + 26, y: middle)], entry.style.colour, width: 2,
            dash: entry.style.dash
          )
        }
        if entry.showsMarker {
          canvas.marker(
            entry.style.marker, at: Point(x: start + 13, y: middle), radius: 4.5, entry.style.colour,
            isOpen: entry.style.isOpen
          )
        }
        canvas.text(entry.label, at: Point(x: start + Self.sample, y: middle), size: 12)
      }
    }
  }
}
