import Kernels

/// The kernels of a network that take the least time together, with the copies between layouts that they need.
///
/// Node after node, for every set of values and layouts that later nodes may read: the quickest way to have them. That is
/// exact, and quick because few values are alive together.
struct KernelSelection {
  /// A value that is there in a layout.
  struct Available: Hashable {
    let node: Int
    let layout: ImageLayout
  }

  struct Node {
    let input: Int
    let residual: Int?
    let kernels: [NodeKernel]
    /// Seconds of each of `kernels`.
    let seconds: [Double]
  }

  private struct Way {
    var seconds: Double
    /// Number of each node's kernel.
    var picks: [Int]
  }

  /// Seconds of a copy between layouts, and what it was for those that were timed.
  private let changeSeconds: (ImageLayout, ImageLayout) -> Double
  private var ways: [Set<Available>: Way]
  private var nodeCount = 1

  init(images: ImageLayout, changeSeconds: @escaping (ImageLayout, ImageLayout) -> Double) {
    self.changeSeconds = changeSeconds
    ways = [[Available(node: 0, layout: images)]: Way(seconds: 0, picks: [])]
  }

  /// Takes the next node; `alive` are the nodes that later ones read.
  mutating func append(_ node: Node, alive: Set<Int>) {
    var next: [Set<Available>: Way] = [:]
    for (available, way) in ways {
      for (pick, kernel) in node.kernels.enumerated() {
        var (there, extended) = (available, way)
        extended.seconds += node.seconds[pick] + change(node.input, to: kernel.input, &there)
        if let residual = node.residual { extended.seconds += change(residual, to: kernel.output, &there) }
        extended.picks.append(pick)
        there.insert(Available(node: nodeCount, layout: kernel.output))
        let kept = there.filter { $0.node == nodeCount || alive.contains($0.node) }
        if let known = next[kept], known.seconds <= extended.seconds { continue }
        next[kept] = extended
      }
    }
    ways = next
    nodeCount += 1
  }

  /// Number of each node's kernel, those of the images left out.
  var picks: [Int] { ways.values.min { $0.seconds < $1.seconds }?.picks ?? [] }

  private func change(_ node: Int, to layout: ImageLayout, _ there: inout Set<Available>) -> Double {
    let wanted = Available(node: node, layout: layout)
    guard !there.contains(wanted) else { return 0 }
    let seconds = there.filter { $0.node == node }.map { changeSeconds($0.layout, layout) }.min() ?? 0
    there.insert(wanted)
    return seconds
  }
}
