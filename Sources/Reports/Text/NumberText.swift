import Foundation

/// Numbers as reports print them, independent of the locale.
enum NumberText {
  /// `value` with `decimals` digits after the point; never `-0.00`.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", value)
    return text.hasPrefix("-") && text.allSatisfy { "-0.".contains($0) } ? String(text.dropFirst()) : text
  }

  /// As `fixed`, with a sign in front unless it prints as zero.
  static func signed(_ value: Double, _ decimals: Int) -> String {
    let text = fixed(value, decimals)
    return text.hasPrefix("-") || text.allSatisfy { "0.".contains($0) } ? text : "+" + text
  }

  /// A fraction in percent, with two decimals.
  static func percent(_ fraction: Double) -> String { fixed(100 * fraction, 2) }

  /// A difference of fractions in points of percent, with its sign.
  static func points(_ fraction: Double) -> String { signed(100 * fraction, 2) }

  /// An interval of differences of fractions, in points of percent.
  static func points(_ interval: ClosedRange<Double>) -> String {
    "[\(points(interval.lowerBound)), \(points(interval.upperBound))]"
  }

  /// The shortest text that reads back as `value`, without an empty fraction.
  static func shortest(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Seconds as hours, minutes and seconds.
  static func duration(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    if hours > 0 { return "\(hours) h \(minutes) min \(rest) s" }
    return minutes > 0 ? "\(minutes) min \(rest) s" : "\(rest) s"
  }

  /// `count` with its noun, in the plural by an s.
  static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
