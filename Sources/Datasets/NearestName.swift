/// The candidate that is most like `name`, if it is close enough to be a slip: at most a third of its letters apart.
///
/// The distance counts insertions, deletions and substitutions of characters (Levenshtein). Of equally close candidates
/// the first is taken.
package func nearestName(to name: String, among candidates: [String]) -> String? {
  let ranked = candidates.map { (name: $0, distance: editDistance(name, $0)) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, max(name.count, best.name.count) / 3) ? best.name : nil
}

private func editDistance(_ first: String, _ second: String) -> Int {
  let columns = Array(second)
  var row = Array(0...columns.count)
  for (index, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for (column, other) in columns.enumerated() {
      let substituted = diagonal + (character == other ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
    }
  }
  return row[columns.count]
}
