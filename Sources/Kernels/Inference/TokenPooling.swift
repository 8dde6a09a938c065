/// One vector a sequence from planes of tokens, as planes of sequences of one token.
///
/// - Shapes: input planes of a layout, output planes of `TokenLayout(batch:length: 1)`, of as many features.
package enum TokenPooling {
  /// The first position's vector.
  package static func firstPosition(_ input: ImagePlanes, _ layout: TokenLayout, into output: ImagePlanes) {
    forEachFeature(input, layout, output) { sequence, feature in
      unsafe input.plane(sequence * layout.blocks, feature)[0]
    }
  }

  /// The mean of the vectors of the tokens that count.
  package static func mean(_ input: ImagePlanes, mask: TokenMask, into output: ImagePlanes) {
    let layout = mask.layout
    forEachFeature(input, layout, output) { sequence, feature in
      var (sum, count) = (Float(0), Float(0))
      for block in 0..<layout.blocks {
        let values = unsafe input.plane(sequence * layout.blocks + block, feature)
        let addends = unsafe mask.addends(sequence, block * layout.width)
        for pixel in 0..<layout.width where unsafe addends[pixel] == 0 {
          unsafe sum += values[pixel]
          count += 1
        }
      }
      return sum / count
    }
  }

  /// Writes `value` of every feature of every sequence to all pixels of its plane, so that those of padding are finite.
  private static func forEachFeature(
    _ input: ImagePlanes, _ layout: TokenLayout, _ output: ImagePlanes, _ value: (Int, Int) -> Float
  ) {
    let features = input.shape[1]
    let single = TokenLayout(batch: layout.batch, length: 1)
    precondition(
      input.shape == layout.shape(features: features) && output.shape == single.shape(features: features),
      "pooling of tokens: input \(input.shape), output \(output.shape)")
    for sequence in 0..<layout.batch {
      for feature in 0..<features {
        unsafe output.plane(sequence, feature).update(repeating: value(sequence, feature), count: output.pitch)
      }
    }
  }
}
