/// A prefix tree of scalars with a number at the end of each entry, as one hash table of its edges.
struct WordPieceTrie: Sendable {
  /// Where entries that begin a word begin.
  static let wordStart: UInt32 = 0
  /// Where entries that continue a word begin.
  static let continuation: UInt32 = 1

  /// What each node ends, -1 for nothing.
  private(set) var numbers: [Int32] = [-1, -1]
  /// Edges by node and scalar, open addressing; an edge leads to no root, so that 0 marks an empty slot.
  private var slots: [Edge]
  private var mask: Int

  private struct Edge {
    var key: UInt64
    var node: UInt32
  }

  init() {
    slots = Array(repeating: Edge(key: 0, node: 0), count: 1 << 10)
    mask = slots.count - 1
  }

  /// Node behind the edge `scalar` of `node`; nil if there is none.
  func node(after node: UInt32, _ scalar: UInt32) -> UInt32? {
    let edge = slots[slot(of: Self.key(node, scalar))]
    return edge.node == 0 ? nil : edge.node
  }

  /// Number at the end of the path `scalars` from `root`; -1 if none ends there.
  func number(from root: UInt32, _ scalars: some Sequence<UInt32>) -> Int32 {
    var node = root
    for scalar in scalars {
      guard let next = self.node(after: node, scalar) else { return -1 }
      node = next
    }
    return numbers[Int(node)]
  }

  mutating func insert(from root: UInt32, _ scalars: some Sequence<UInt32>, number: Int32) {
    var node = root
    for scalar in scalars { node = self.node(after: node, scalar) ?? addEdge(from: node, scalar) }
    numbers[Int(node)] = number
  }

  private mutating func addEdge(from node: UInt32, _ scalar: UInt32) -> UInt32 {
    if 2 * numbers.count > slots.count {
      let edges = slots.filter { $0.node != 0 }
      slots = Array(repeating: Edge(key: 0, node: 0), count: 2 * slots.count)
      mask = slots.count - 1
      for edge in edges { slots[slot(of: edge.key)] = edge }
    }
    let added = UInt32(numbers.count)
    let key = Self.key(node, scalar)
    slots[slot(of: key)] = Edge(key: key, node: added)
    numbers.append(-1)
    return added
  }

  private static func key(_ node: UInt32, _ scalar: UInt32) -> UInt64 { UInt64(node) << 21 | UInt64(scalar) }

  /// Slot that holds `key`, or the empty one where it belongs.
  private func slot(of key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 24) & mask
    while slots[slot].node != 0, slots[slot].key != key { slot = (slot + 1) & mask }
    return slot
  }
}
