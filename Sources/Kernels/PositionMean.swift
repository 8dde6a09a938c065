/// Mean of vectors over the positions of a sequence that count.
///
/// - Shapes: vectors [B, T, D], means [B, D].
package struct PositionMean {
  private let counted: [Bool]
  private let batch: Int
  private let length: Int
  /// One over the counted positions of every sequence.
  private let shares: [Float]

  /// - Shapes: `counted` B * T values, sequence after sequence.
  /// - Precondition: at least one position of each sequence counts.
  package init(counted: [Bool], batch: Int) {
    precondition(batch > 0 && counted.count % batch == 0, "position mean: \(counted.count) marks, \(batch) sequences")
    self.counted = counted
    self.batch = batch
    let length = counted.count / batch
    self.length = length
    shares = (0..<batch).map { sequence in
      let count = counted[sequence * length..<(sequence + 1) * length].count { $0 }
      precondition(count > 0, "position mean: sequence \(sequence) has no position that counts")
      return 1 / Float(count)
    }
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(
      x.rank == 3 && x.shape[0] == batch && x.shape[1] == length,
      "position mean: input \(x.shape), marks of \(batch) sequences of \(length) positions")
    let x = x.plain()
    let width = x.shape[2]
    let means = Tensor(uninitialized: [batch, width])
    // Sound without isolation: each chunk writes its own sequences, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (x.storage.floats, means.storage.floats)
    parallel(batch, grain: max(1, Elementwise.grain / max(1, length * width))) { sequences in
      for sequence in sequences {
        let mean = unsafe target + sequence * width
        for index in 0..<width { unsafe mean[index] = 0 }
        for position in sequence * length..<(sequence + 1) * length where counted[position] {
          let vector = unsafe source + position * width
          for index in 0..<width { unsafe mean[index] += vector[index] }
        }
        for index in 0..<width { unsafe mean[index] *= shares[sequence] }
      }
    }
    return means
  }

  /// Gradient at the vectors: zeros where positions do not count.
  ///
  /// - Shapes: `upstream` [B, D]; result [B, T, D].
  package func gradient(_ upstream: Tensor) -> Tensor {
    precondition(
      upstream.rank == 2 && upstream.shape[0] == batch,
      "position mean: upstream \(upstream.shape), \(batch) sequences")
    let upstream = upstream.plain()
    let width = upstream.shape[1]
    let gradient = Tensor(uninitialized: [batch, length, width])
    // Sound without isolation: each chunk writes its own sequences, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (upstream.storage.floats, gradient.storage.floats)
    parallel(batch, grain: max(1, Elementwise.grain / max(1, length * width))) { sequences in
      for sequence in sequences {
        let vector = unsafe source + sequence * width
        for position in sequence * length..<(sequence + 1) * length {
          let share = counted[position] ? shares[sequence] : 0
          let slope = unsafe target + position * width
          for index in 0..<width { unsafe slope[index] = share * vector[index] }
        }
      }
    }
    return gradient
  }
}
