import Foundation

/// How numbers are written for people.
enum Format {
  /// A fraction as percent with one decimal.
  static func percent(_ fraction: Double) -> String { String(format: "%.1f %%", 100 * fraction) }

  /// A length of time: `42 s`, `3 min 05 s`, `2 h 07 min`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    if whole < 60 { return seconds < 10 ? String(format: "%.1f s", max(0, seconds)) : "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min " + String(format: "%02d s", whole % 60) }
    return "\(whole / 3600) h " + String(format: "%02d min", whole % 3600 / 60)
  }

  /// A length of time with two significant digits: `42 s`, `12 min`, `7.5 h`, `400 days`, `2.5 years`.
  static func roughly(seconds: Double) -> String {
    let units = [("s", 1.0), ("min", 60), ("h", 3600), ("days", 86400), ("years", 365.25 * 86400)]
    let limits = [120.0, 120, 48, 1000]
    let index = zip(units, limits).enumerated().first { seconds / $0.element.0.1 < $0.element.1 }?.offset
    let unit = units[index ?? units.count - 1]
    return "\(roughly(seconds / unit.1)) \(unit.0)"
  }

  /// A number with two significant digits.
  static func roughly(_ number: Double) -> String {
    guard number != 0, number.isFinite else { return value(number) }
    let digit = pow(10, log10(abs(number)).rounded(.down) - 1)
    return value((number / digit).rounded() * digit)
  }

  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) B" : String(format: value < 9.95 ? "%.1f %@" : "%.0f %@", value, units[unit])
  }

  /// `count` with its noun, in the plural by an s.
  static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// A moment in UTC.
  static func moment(_ secondsSince1970: Double) -> String {
    Date(timeIntervalSince1970: secondsSince1970.rounded(.down)).formatted(.iso8601)
  }

  /// A whole number in full, any other with at most six significant digits.
  static func value(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? String(format: "%.6g", number)
  }
}
