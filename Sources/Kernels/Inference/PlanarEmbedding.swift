/// Sum of a token's, its position's and its type's rows of three tables, as planes of features.
///
/// - Shapes: tables [rows, D]; result [batch * blocks, D, 1, width]. Padding behind a sequence's end is 0.
package final class PlanarEmbedding {
  package let outputShape: Shape
  private let layout: TokenLayout
  private let words: Tensor
  private let positions: Tensor
  private let types: Tensor

  /// - Precondition: tables of one width; a row for every position.
  package init(words: Tensor, positions: Tensor, types: Tensor, layout: TokenLayout) {
    precondition(
      words.rank == 2 && positions.rank == 2 && types.rank == 2 && positions.shape[1] == words.shape[1]
        && types.shape[1] == words.shape[1] && positions.shape[0] >= layout.length,
      "embedding of \(layout.length) tokens: tables \(words.shape), \(positions.shape), \(types.shape)")
    self.layout = layout
    (self.words, self.positions, self.types) = (words.plain(), positions.plain(), types.plain())
    outputShape = layout.shape(features: words.shape[1])
  }

  /// - Precondition: a token and a type for every position of every sequence, each a row of its table.
  package func run(tokens: [Int], types: [Int], into output: ImagePlanes) {
    let count = layout.batch * layout.length
    precondition(
      output.shape == outputShape && tokens.count == count && types.count == count,
      "embedding to \(outputShape): \(tokens.count) tokens, \(types.count) types, output \(output.shape)")
    check(tokens, self.words.shape, "token")
    check(types, self.types.shape, "type")
    // Sound without isolation: each chunk writes its own blocks, and the operands outlive the call.
    nonisolated(unsafe) let (layer, target) = (self, output)
    parallel(layout.batch * layout.blocks, grain: 1) { blocks in
      for block in blocks { unsafe layer.run(block, tokens, types, target) }
    }
  }

  private func run(_ block: Int, _ tokens: [Int], _ types: [Int], _ output: ImagePlanes) {
    let (sequence, part) = block.quotientAndRemainder(dividingBy: layout.blocks)
    let features = outputShape[1]
    let planes = unsafe output.plane(block, 0)
    for pixel in 0..<layout.width {
      let position = part * layout.width + pixel
      guard position < layout.length else {
        for feature in 0..<features { unsafe planes[feature * layout.width + pixel] = 0 }
        continue
      }
      let place = sequence * layout.length + position
      let word = unsafe words.storage.floats + tokens[place] * features
      let kind = unsafe self.types.storage.floats + types[place] * features
      let site = unsafe positions.storage.floats + position * features
      for feature in 0..<features {
        unsafe planes[feature * layout.width + pixel] = word[feature] + kind[feature] + site[feature]
      }
    }
  }

  private func check(_ indices: [Int], _ table: Shape, _ name: String) {
    for index in indices {
      precondition(index >= 0 && index < table[0], "embedding: \(name) \(index) is outside the table \(table)")
    }
  }
}
