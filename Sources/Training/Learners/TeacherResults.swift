import Kernels

/// What a teacher says of every training example, computed once: the examples do not change from epoch to epoch.
struct TeacherResults {
  private let outputs: Int
  private var values: [Float]

  init(outputs: Int, count: Int) {
    self.outputs = outputs
    values = [Float](repeating: 0, count: count * outputs)
  }

  /// - Shapes: `results` [examples, outputs].
  mutating func set(_ results: Tensor, for examples: [Int]) {
    precondition(results.shape == [examples.count, outputs], "TeacherResults: \(results.shape)")
    for (row, example) in zip(results.elements.chunks(of: outputs), examples) {
      values.replaceSubrange(example * outputs..<(example + 1) * outputs, with: row)
    }
  }

  /// - Shapes: result [examples, outputs].
  func results(of examples: [Int]) -> Tensor {
    Tensor(
      examples.flatMap { values[$0 * outputs..<($0 + 1) * outputs] }, shape: [examples.count, outputs])
  }
}

extension [Float] {
  fileprivate func chunks(of size: Int) -> [ArraySlice<Float>] {
    stride(from: 0, to: count, by: size).map { self[$0..<$0 + size] }
  }
}
