/// The name that takes the fewest edits to reach from `name`; nil if none is within a third of its length.
///
/// - Cost: product of the lengths for each candidate.
func nearestName(to name: String, in candidates: [String]) -> String? {
  let distances = candidates.map { (candidate: $0, edits: editDistance(name, $0)) }
  guard let best = distances.min(by: { ($0.edits, $0.candidate) < ($1.edits, $1.candidate) }) else { return nil }
  return best.edits <= max(1, name.count / 3) ? best.candidate : nil
}

/// Levenshtein's distance between two names.
private func editDistance(_ first: String, _ second: String) -> Int {
  let target = Array(second)
  var row = Array(0...target.count)
  for (i, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in target.enumerated() {
      let substituted = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j + 1] + 1, row[j] + 1)
    }
  }
  return row[target.count]
}
