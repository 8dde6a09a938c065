import Reports

/// A comparison for people.
struct ComparisonText {
  let comparison: RunComparison

  var text: String {
    var parts = [sides.text(.table)]
    parts.append(comparison.settings.isEmpty ? "the configurations are equal" : settings.text(.table))
    parts.append(comparison.measures.isEmpty ? "no run has succeeded: there are no numbers" : measures.text(.table))
    if !comparison.notes.isEmpty {
      parts.append(comparison.notes.map { "note: \(Console.printable($0))" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private var sides: TextTable {
    TextTable(
      columns: ["", "target", "numerics", "runs"],
      rows: comparison.sides.enumerated().map { index, side in
        [
          .text(letter(index)), .text(side.name), side.numerics.map { .number("\($0)") } ?? .empty,
          .number("\(side.runs.count)"),
        ]
      })
  }

  private var settings: TextTable {
    TextTable(
      columns: ["setting"] + comparison.sides.indices.map(letter),
      rows: comparison.settings.map { setting in
        [.text(setting.key)] + setting.values.map { .text($0 ?? "-") }
      })
  }

  private var measures: TextTable {
    let compared = comparison.sides.indices.filter { comparison.sides[$0].rival != nil }
    return TextTable(
      columns: ["number"] + comparison.sides.indices.map(letter)
        + compared.map { "\(letter($0)) - \(letter(comparison.sides[$0].rival ?? 0))" },
      rows: comparison.measures.map { measure in
        [.text(measure.name)] + comparison.sides.indices.map { value(measure.values[$0], of: comparison.sides[$0]) }
          + compared.map { difference(measure.differences[$0], of: comparison.sides[$0]) }
      })
  }

  /// Mean and standard deviation; with how many there are where not every run of the side has the number.
  private func value(_ summary: RunComparison.Summary?, of side: RunComparison.Side) -> TextTable.Cell {
    guard let summary else { return .empty }
    let spread = summary.standardDeviation.map { $0 > 0 ? " ± \(Format.value($0))" : "" } ?? ""
    return .number(Format.value(summary.mean) + spread + count(summary, of: side))
  }

  /// Mean and interval of the differences; with the number of pairs where not every run of the side is in one.
  private func difference(_ summary: RunComparison.Summary?, of side: RunComparison.Side) -> TextTable.Cell {
    guard let summary else { return .empty }
    let mean = (summary.mean > 0 ? "+" : "") + Format.value(summary.mean)
    guard let lower = summary.lower, let upper = summary.upper else { return .number("\(mean) (n=1)") }
    return .number("\(mean) [\(Format.value(lower)), \(Format.value(upper))]" + count(summary, of: side))
  }

  private func count(_ summary: RunComparison.Summary, of side: RunComparison.Side) -> String {
    summary.count == side.runs.count ? "" : " (n=\(summary.count))"
  }

  /// `A`, `B`, … and `A1`, `B1`, … behind `Z`.
  private func letter(_ index: Int) -> String {
    let round = index / 26
    return String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26))) + (round > 0 ? "\(round)" : "")
  }
}
