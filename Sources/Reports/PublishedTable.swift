import Planning

/// Numbers from the literature that follow one another in a study.
struct PublishedTable {
  let values: [Plan.Published]
  /// The plan that they are part of.
  let plan: Plan
  /// Whether any arm of the report may be compared with published numbers.
  let isComparable: Bool

  var markdown: String {
    let header = ["network", "data", "method", "structure", "sparsity (%)", "metric", "value (%)", "source", "note"]
    let rows = values.map { value in
      [
        Markdown.escaped(value.model), Markdown.escaped(value.dataset), Markdown.escaped(value.method),
        value.sparsity == 0 ? "–" : Markdown.escaped(value.structure),
        NumberText.percent(value.sparsity), plan.shortTitle(of: value.shownMetric), NumberText.fixed(value.value, 2),
        Markdown.source(value.source),
        Markdown.escaped(value.note),
      ]
    }
    let warning = isComparable ? "" : " They are *not comparable* with the runs of this report."
    return """
      **Published values.** As their authors give them, not measured here.\(warning)

      \(Markdown.table(header, numeric: [4, 6], rows: rows))
      """
  }
}
