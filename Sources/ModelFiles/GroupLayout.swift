import Kernels

/// Runs of `size` consecutive input channels of a weight, for each output channel and kernel position.
///
/// Groups are numbered in the order of output channel, run, kernel position.
///
/// - Shapes: the weight [out, in, ...], `size` a divisor of in.
struct GroupLayout {
  let size: Int
  /// Numbers at one output and input channel.
  private let positions: Int
  let count: Int

  /// Nil for weights without such groups.
  init?(_ shape: Shape, size: Int) {
    guard shape.rank >= 2, shape.count > 0, shape[1] % size == 0 else { return nil }
    self.size = size
    positions = shape.count / (shape[0] * shape[1])
    count = shape.count / size
  }

  /// Group of the element at `index`, and its place in there.
  func place(of index: Int) -> (group: Int, member: Int) {
    let (row, position) = (index / positions, index % positions)
    // Inputs of one output are whole groups, so that rows of all outputs can be cut as one.
    return (row / size * positions + position, row % size)
  }

  /// The element at a place.
  func index(group: Int, member: Int) -> Int {
    let (run, position) = (group / positions, group % positions)
    return (run * size + member) * positions + position
  }
}
