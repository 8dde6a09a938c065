import Planning

/// Forest plot of a study's claims: a row a claim, with its paired difference, the interval, and the verdict.
struct ClaimFigure {
  private let claims: [JudgedClaim]
  private let quantity: String

  private static let (width, top, bottom, rowHeight) = (960.0, 62.0, 52.0, 40.0)
  private static let (edge, plotLeft, plotRight) = (20.0, 400.0, 790.0)
  /// Half of the height of an interval's ends and of a margin's mark, in pixels.
  private static let (capReach, marginReach) = (4.0, 14.0)

  /// - Throws: `ReportError.unknownArm`.
  init(_ data: ReportData) throws(ReportError) {
    claims = try JudgedClaim.all(in: data)
    let metrics = Set(claims.map(\.claim.metric))
    quantity = metrics.count == 1 ? metrics.first.map { data.plan.title(of: $0) } ?? "" : "metric of the claim"
  }

  /// Nil if no claim has a pair of finished runs.
  func draw() -> (canvas: Canvas, csv: CSVDocument)? {
    guard claims.contains(where: { $0.difference.sample.count > 0 }) else { return nil }
    let height = Self.rowHeight * Double(claims.count)
    let canvas = Canvas(width: Int(Self.width), height: Int(Self.top + height + Self.bottom))
    canvas.text("Claims", at: Point(x: Self.edge, y: 24), size: 16, isBold: true)
    canvas.text(
      "mean of the paired differences with its 95 % interval; small dots are pairs, the short upright line the margin asked for",
      at: Point(x: Self.edge, y: 47), size: 11, colour: .quiet)
    for row in stride(from: 0, to: claims.count, by: 2) {
      let band = Rectangle(
        left: Self.edge - 8, top: Self.top + Self.rowHeight * Double(row), width: Self.width - 2 * Self.edge + 16,
        height: Self.rowHeight)
      canvas.fill(band, Self.band)
    }
    var rows = Axis(over: [])
    rows.range = 0...Double(claims.count)
    rows.ticks = []
    let panel = Panel(
      frame: Rectangle(left: Self.plotLeft, top: Self.top, width: Self.plotRight - Self.plotLeft, height: height),
      x: axis, y: rows, labelsY: false)
    panel.draw(on: canvas)
    canvas.line([panel.point(0, 0), panel.point(0, Double(claims.count))], .ink, width: 1.2)
    for (index, claim) in claims.enumerated() {
      let middle = Self.top + Self.rowHeight * (Double(index) + 0.5)
      label(claim, at: middle, on: canvas)
      canvas.clipped(to: panel.frame) { mark(claim, at: middle, panel, canvas) }
    }
    let foot = Self.top + height + 36
    let centre = (Self.plotLeft + Self.plotRight) / 2
    canvas.text("\(quantity), arm minus rival (points)", at: Point(x: centre, y: foot), .middle, size: 12)
    canvas.text("← rival ahead", at: Point(x: Self.plotLeft, y: foot), .right, size: 11, colour: .quiet)
    canvas.text("arm ahead →", at: Point(x: Self.plotRight, y: foot), .left, size: 11, colour: .quiet)
    return (canvas, table)
  }

  /// Over zero, margins, pairs and means, and as much room again on either side for intervals.
  private var axis: Axis {
    let values: [Double] = [0] + claims.map(\.claim.margin) + claims.flatMap(\.difference.sample.values)
    let (lowest, highest) = (values.min() ?? 0, values.max() ?? 0)
    let room = highest - lowest
    let ends = claims.compactMap(\.difference.sample.interval).flatMap { interval in
      [max(interval.lowerBound, lowest - room), min(interval.upperBound, highest + room)]
    }
    return Axis(over: (values + ends).map { 100 * $0 }, padding: 0.05)
  }

  private func label(_ claim: JudgedClaim, at middle: Double, on canvas: Canvas) {
    let space = Self.plotLeft - Self.edge - 14
    let arms = "\(claim.claim.arm) over \(claim.claim.rival)"
    canvas.text(
      canvas.fitted(claim.claim.statement, width: space, size: 12), at: Point(x: Self.edge, y: middle - 8), size: 12)
    canvas.text(
      canvas.fitted(arms, width: space, size: 10), at: Point(x: Self.edge, y: middle + 9), size: 10, colour: .quiet)
    let look = Look(claim.verdict)
    let left = Self.plotRight + 14
    canvas.text(look.word, at: Point(x: left, y: middle - 8), size: 12, isBold: true, colour: look.colour)
    canvas.text("n = \(claim.pairs)", at: Point(x: left, y: middle + 9), size: 10, colour: .quiet)
  }

  private func mark(_ claim: JudgedClaim, at middle: Double, _ panel: Panel, _ canvas: Canvas) {
    func place(_ value: Double) -> Point { Point(x: panel.point(100 * value, 0).x, y: middle) }
    let look = Look(claim.verdict)
    if claim.claim.margin != 0 {
      let margin = place(claim.claim.margin)
      canvas.line(
        [-1, 1].map { Point(x: margin.x, y: middle + $0 * Self.marginReach) }, .ink, width: 1.6, dash: [3, 2])
    }
    let sample = claim.difference.sample
    for value in sample.values {
      let point = place(value)
      canvas.marker(.circle, at: Point(x: point.x, y: middle + 9), radius: 2.5, look.colour.faded(to: 0.5))
    }
    if let interval = sample.interval {
      canvas.line([interval.lowerBound, interval.upperBound].map(place), look.colour, width: 1.8)
      end(place(interval.lowerBound), pointing: -1, panel, look.colour, canvas)
      end(place(interval.upperBound), pointing: 1, panel, look.colour, canvas)
    }
    if let mean = sample.mean {
      canvas.marker(look.marker, at: place(mean), radius: 5, look.colour, isOpen: look.isOpen)
    }
  }

  /// The end of an interval: a bar across, or an arrow at the frame where the interval goes on outside of it.
  private func end(_ point: Point, pointing side: Double, _ panel: Panel, _ colour: Colour, _ canvas: Canvas) {
    let edge = side < 0 ? panel.frame.left : panel.frame.right
    guard (point.x - edge) * side > 0 else {
      canvas.line([-1, 1].map { Point(x: point.x, y: point.y + $0 * Self.capReach) }, colour, width: 1.8)
      return
    }
    let tip = edge - side
    canvas.polygon(
      [
        Point(x: tip, y: point.y), Point(x: tip - side * 9, y: point.y - 5), Point(x: tip - side * 9, y: point.y + 5),
      ], colour)
  }

  private static let band = Colour(0xF6F6F6)

  /// How a verdict looks: no colour of a method, and a marker of its own for eyes that do not tell green from red.
  private struct Look {
    var word: String
    var colour: Colour
    var marker: Marker
    var isOpen: Bool

    init(_ verdict: ClaimVerdict?) {
      switch verdict {
      case .holds: self.init("holds", Colour(0x1A7F37), .circle)
      case .doesNotHold: self.init("does not hold", Colour(0xB3261E), .square)
      case .inconclusive: self.init("inconclusive", .quiet, .circle, isOpen: true)
      case .notRun: self.init("not run", .quiet, .circle, isOpen: true)
      case .notComparable: self.init("not comparable", Colour(0x8A6A00), .diamond, isOpen: true)
      case nil: self.init("not judged", .quiet, .diamond, isOpen: true)
      }
    }

    private init(_ word: String, _ colour: Colour, _ marker: Marker, isOpen: Bool = false) {
      self.word = word
      self.colour = colour
      self.marker = marker
      self.isOpen = isOpen
    }
  }

  private var table: CSVDocument {
    var csv = CSVDocument([
      "claim", "arm", "rival", "metric", "margin", "planned_pairs", "pairs", "quantity", "pair", "difference",
      "interval_lower", "interval_upper", "verdict",
    ])
    for claim in claims {
      let sample = claim.difference.sample
      let head: [CSVDocument.Cell] = [
        .text(claim.claim.statement), .text(claim.claim.arm), .text(claim.claim.rival),
        .text(claim.claim.metric.rawValue), .number(claim.claim.margin), .integer(claim.difference.planned),
        .integer(sample.count),
      ]
      csv.append(
        head + [
          .text("mean"), .empty, sample.mean.map(CSVDocument.Cell.number) ?? .empty,
          (sample.interval?.lowerBound).map(CSVDocument.Cell.number) ?? .empty,
          (sample.interval?.upperBound).map(CSVDocument.Cell.number) ?? .empty, .text(claim.judgement),
        ])
      for (index, value) in sample.values.enumerated() {
        csv.append(head + [.text("pair"), .integer(index + 1), .number(value), .empty, .empty, .empty])
      }
    }
    return csv
  }
}
