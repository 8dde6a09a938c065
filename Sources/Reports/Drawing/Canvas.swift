import CCairo
import Foundation

/// Image that figures are drawn on; the one place that calls the drawing library.
///
/// Edges and letters are smoothed in grey without hinting, so that the bytes do not depend on the desktop's settings.
final class Canvas {
  enum HorizontalAnchor {
    case left
    case middle
    case right
  }

  let width: Double
  let height: Double
  private let surface: OpaquePointer
  private let context: OpaquePointer

  static let fontFamily = "DejaVu Sans"

  /// White canvas; sizes in pixels.
  init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "Canvas: size \(width) x \(height) is not positive")
    // Both calls give an object in an error state instead of nil, which `png` then reports.
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)),
      let context = cairo_create(surface)
    else { preconditionFailure("cairo_create: returned no object") }
    self.width = Double(width)
    self.height = Double(height)
    self.surface = surface
    self.context = context
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
    cairo_set_antialias(context, CAIRO_ANTIALIAS_GRAY)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    fill(Rectangle(left: 0, top: 0, width: self.width, height: self.height), .paper)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  func fill(_ rectangle: Rectangle, _ colour: Colour) {
    use(colour)
    cairo_rectangle(context, rectangle.left, rectangle.top, rectangle.width, rectangle.height)
    cairo_fill(context)
  }

  func stroke(_ rectangle: Rectangle, _ colour: Colour, width: Double = 1) {
    use(colour)
    cairo_set_dash(context, nil, 0, 0)
    cairo_set_line_width(context, width)
    cairo_rectangle(context, rectangle.left, rectangle.top, rectangle.width, rectangle.height)
    cairo_stroke(context)
  }

  /// Line through `points`; `dash` gives lengths of strokes and gaps in turn.
  func line(_ points: [Point], _ colour: Colour, width: Double = 1, dash: [Double] = []) {
    guard let first = points.first else { return }
    use(colour)
    cairo_set_line_width(context, width)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
  }

  func polygon(_ points: [Point], _ colour: Colour) {
    guard let first = points.first else { return }
    use(colour)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Data point of half-width `radius`: filled with a thin white edge, or open.
  func marker(_ marker: Marker, at point: Point, radius: Double, _ colour: Colour, isOpen: Bool = false) {
    let corners = marker.corners
    if let first = corners.first {
      cairo_move_to(context, point.x + radius * first.x, point.y + radius * first.y)
      for corner in corners.dropFirst() {
        cairo_line_to(context, point.x + radius * corner.x, point.y + radius * corner.y)
      }
      cairo_close_path(context)
    } else {
      cairo_new_sub_path(context)
      cairo_arc(context, point.x, point.y, radius, 0, 2 * .pi)
    }
    use(isOpen ? .paper : colour)
    cairo_fill_preserve(context)
    use(isOpen ? colour : .paper)
    cairo_set_dash(context, nil, 0, 0)
    cairo_set_line_width(context, isOpen ? 1.6 : 0.8)
    cairo_stroke(context)
  }

  /// One line of text whose vertical middle (of small letters and digits) is at `point`.
  func text(
    _ text: String, at point: Point, _ anchor: HorizontalAnchor = .left, size: Double = 12, isBold: Bool = false,
    colour: Colour = .ink, turned: Bool = false
  ) {
    let width = textWidth(text, size: size, isBold: isBold)
    use(colour)
    cairo_save(context)
    cairo_translate(context, point.x, point.y)
    if turned { cairo_rotate(context, -.pi / 2) }
    let shift =
      switch anchor {
      case .left: 0.0
      case .middle: -width / 2
      case .right: -width
      }
    cairo_move_to(context, shift, 0.36 * size)
    cairo_show_text(context, PlainText.neutralized(text))
    cairo_new_path(context)
    cairo_restore(context)
  }

  /// Width in pixels of `text` on one line.
  func textWidth(_ text: String, size: Double = 12, isBold: Bool = false) -> Double {
    let weight = isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
    cairo_select_font_face(context, Self.fontFamily, CAIRO_FONT_SLANT_NORMAL, weight)
    cairo_set_font_size(context, size)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, PlainText.neutralized(text), &extents)
    return extents.x_advance
  }

  /// `text`, or its beginning and end around an ellipsis, in at most `width` pixels.
  func fitted(_ text: String, width: Double, size: Double = 12, isBold: Bool = false) -> String {
    if textWidth(text, size: size, isBold: isBold) <= width { return text }
    var kept = text.count - 1
    while kept > 0 {
      let short = text.prefix((kept + 1) / 2) + "…" + text.suffix(kept / 2)
      if textWidth(String(short), size: size, isBold: isBold) <= width { return String(short) }
      kept -= 1
    }
    return "…"
  }

  /// Draws with everything outside `rectangle` left as it is.
  func clipped(to rectangle: Rectangle, _ draw: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, rectangle.left, rectangle.top, rectangle.width, rectangle.height)
    cairo_clip(context)
    draw()
    cairo_restore(context)
  }

  /// The image as PNG.
  ///
  /// - Throws: `ReportError.drawing` with the drawing library's reason if any call since the start went wrong.
  func png(figure: String) throws(ReportError) -> Data {
    try check(cairo_status(context), figure)
    let sink = ByteSink()
    let status = cairo_surface_write_to_png_stream(
      surface,
      { closure, bytes, count in
        guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
        Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue().data.append(bytes, count: Int(count))
        return CAIRO_STATUS_SUCCESS
      },
      Unmanaged.passUnretained(sink).toOpaque()
    )
    try check(status, figure)
    return withExtendedLifetime(sink) { sink.data }
  }

  private func check(_ status: cairo_status_t, _ figure: String) throws(ReportError) {
    guard status != CAIRO_STATUS_SUCCESS else { return }
    let reason = cairo_status_to_string(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    throw .drawing(figure: figure, reason: reason)
  }

  private func use(_ colour: Colour) {
    cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.opacity)
  }
}

/// Collects the bytes that the PNG writer hands out.
private final class ByteSink {
  var data = Data()
}
