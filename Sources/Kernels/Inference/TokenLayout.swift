/// Where the tokens of sequences of one length lie in planes: in blocks of neighbouring tokens, each an image.
///
/// Blocks are whole vectors and all of one width, with padding at a sequence's end. What a product reads of a block lies
/// close together, and in no more of the first cache's places than there are.
package struct TokenLayout: Equatable, Sendable {
  package let batch: Int
  /// Tokens of a sequence.
  package let length: Int
  /// Blocks of a sequence.
  package let blocks: Int
  /// Tokens of a block, padding included.
  package let width: Int

  /// Measured: products of 384 features are at their best with blocks of 32.
  private static let widest = 32

  /// - Precondition: at least one sequence and one token.
  package init(batch: Int, length: Int) {
    precondition(batch > 0 && length > 0, "\(batch) sequences of \(length) tokens")
    self.batch = batch
    self.length = length
    blocks = (length + Self.widest - 1) / Self.widest
    let tokens = (length + blocks - 1) / blocks
    width = (tokens + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
  }

  /// Tokens of a sequence, padding included.
  package var positions: Int { blocks * width }

  /// Shape of planes of so many features a token.
  package func shape(features: Int) -> Shape { [batch * blocks, features, 1, width] }
}

/// Which tokens count, as what is added to their scores: 0, or minus infinity for padding.
package final class TokenMask {
  let layout: TokenLayout
  private let storage: Storage

  package init(_ layout: TokenLayout) {
    self.layout = layout
    storage = Storage(bytes: layout.batch * layout.positions * MemoryLayout<Float>.stride)
    unsafe storage.floats.update(repeating: 0, count: layout.batch * layout.positions)
  }

  /// Of the token at `position` of `sequence` and those that follow.
  func addends(_ sequence: Int, _ position: Int) -> UnsafeMutablePointer<Float> {
    unsafe storage.floats + sequence * layout.positions + position
  }

  /// Takes the marks of all tokens, sequence after sequence.
  ///
  /// - Precondition: one mark a token; at least one token of each sequence counts.
  package func fill(from isToken: [Bool]) {
    let length = layout.length
    precondition(
      isToken.count == layout.batch * length, "\(isToken.count) marks of \(layout.batch) sequences of \(length) tokens")
    for sequence in 0..<layout.batch {
      let marks = isToken[sequence * length..<(sequence + 1) * length]
      precondition(marks.contains(true), "sequence \(sequence) of \(layout.batch) has no token that counts")
      for position in 0..<layout.positions {
        let counts = position < length && isToken[sequence * length + position]
        unsafe addends(sequence, position).pointee = counts ? 0 : -.infinity
      }
    }
  }
}
