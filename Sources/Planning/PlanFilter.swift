/// A condition `key=value` on the runs of a plan, as given to `--only`.
package struct PlanFilter: Equatable, Sendable {
  package enum Key: String, CaseIterable, Sendable {
    case arm
    case method
    case sparsity
    case replicate
  }

  package var key: Key
  package var value: String

  /// Reads `text`, such as `arm=dense`.
  ///
  /// - Throws: `PlanningError.filterForm` without an equals sign or value, `unknownFilterKey` for another key.
  package init(_ text: String) throws(PlanningError) {
    let pieces = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pieces.count == 2, !pieces[1].isEmpty else { throw .filterForm(text) }
    guard let key = Key(rawValue: String(pieces[0])) else { throw .unknownFilterKey(String(pieces[0])) }
    self.key = key
    value = String(pieces[1])
  }
}

extension Plan {
  /// The runs that fulfil every filter, in execution order; filters with the same key are alternatives.
  ///
  /// - Throws: `PlanningError.unknownFilterValue` if no arm or run of the plan has a filter's value.
  package func runs(matching filters: [PlanFilter]) throws(PlanningError) -> [Run] {
    for filter in filters {
      let values = values(of: filter.key)
      guard values.contains(where: { matches($0, filter) }) else {
        throw .unknownFilterValue(key: filter.key, value: filter.value, available: values)
      }
    }
    let selected = arms.filter { arm in
      fulfils(filters, .arm, [arm.name]) && fulfils(filters, .method, [arm.method])
        && fulfils(filters, .sparsity, [String(arm.sparsity)])
    }
    let ids = Set(selected.flatMap(\.runs))
    return runs.filter { ids.contains($0.id) && fulfils(filters, .replicate, [String($0.replicate)]) }
  }

  /// `runs` and every run that they need, in execution order.
  package func withNeeds(_ runs: [Run]) -> [Run] {
    let byID = Dictionary(self.runs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var ids: Set<String> = []
    var open = runs.map(\.id)
    while let id = open.popLast() {
      guard ids.insert(id).inserted else { continue }
      open += byID[id]?.needs ?? []
    }
    return self.runs.filter { ids.contains($0.id) }
  }

  private func fulfils(_ filters: [PlanFilter], _ key: PlanFilter.Key, _ values: [String]) -> Bool {
    let alternatives = filters.filter { $0.key == key }
    return alternatives.isEmpty || alternatives.contains { filter in values.contains { matches($0, filter) } }
  }

  /// Whether `value` is what `filter` asks for; numbers are compared as numbers, so that `0.90` finds `0.9`.
  private func matches(_ value: String, _ filter: PlanFilter) -> Bool {
    guard filter.key == .sparsity, let asked = Double(filter.value) else { return value == filter.value }
    return Double(value) == asked
  }

  private func values(of key: PlanFilter.Key) -> [String] {
    let all: [String] =
      switch key {
      case .arm: arms.map(\.name)
      case .method: arms.map(\.method)
      case .sparsity: arms.map { String($0.sparsity) }
      case .replicate: runs.map { String($0.replicate) }
      }
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }
}
