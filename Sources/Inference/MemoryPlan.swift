/// Places in one memory for values that are alive at different times.
struct MemoryPlan {
  /// Where each value begins.
  let offsets: [Int]
  /// Size of the memory.
  let count: Int

  /// A value's size, and the first and last step that it is alive in.
  struct Lifetime {
    let count: Int
    let steps: ClosedRange<Int>
  }

  /// Numbers of a cache line, which no two values share.
  private static let grain = 16

  /// Largest first, each at the lowest place where nothing lies that is alive with it.
  init(_ values: [Lifetime]) {
    var offsets = [Int](repeating: 0, count: values.count)
    var placed: [Int] = []
    for index in values.indices.sorted(by: { (values[$1].count, $0) < (values[$0].count, $1) }) {
      let rivals = placed.filter { values[$0].steps.overlaps(values[index].steps) }.sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for rival in rivals {
        if offset + values[index].count <= offsets[rival] { break }
        offset = max(offset, Self.rounded(offsets[rival] + values[rival].count))
      }
      offsets[index] = offset
      placed.append(index)
    }
    self.offsets = offsets
    count = values.indices.map { offsets[$0] + values[$0].count }.max() ?? 0
  }

  private static func rounded(_ count: Int) -> Int { (count + grain - 1) / grain * grain }
}
