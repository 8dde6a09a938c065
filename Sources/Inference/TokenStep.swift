import Kernels
import Networks

/// A kernel over tokens with the numbers of the values that it works on.
struct TokenStep {
  let kernel: Kernel
  /// nil where tokens themselves are read.
  let input: Int?
  /// What is added, or what queries look at.
  let second: Int?
  let output: Int

  enum Kernel {
    case embedding(PlanarEmbedding)
    case product(any PlanarProduct)
    case normalization(PlanarNormalization)
    case attention(PlanarAttention)
    case firstPosition(TokenLayout)
    case mean
  }

  func run(_ tokens: TokenBatch, _ mask: TokenMask, _ values: [ImagePlanes]) {
    let output = values[output]
    let source = values[input ?? self.output]
    switch kernel {
    case .embedding(let embedding): embedding.run(tokens: tokens.tokens, types: tokens.types, into: output)
    case .product(let product): product.run(source, residual: second.map { values[$0] }, into: output)
    case .normalization(let normalization): normalization.run(source, into: output)
    case .attention(let attention):
      attention.run(asking: source, seen: second.map { values[$0] } ?? source, mask: mask, into: output)
    case .firstPosition(let layout): TokenPooling.firstPosition(source, layout, into: output)
    case .mean: TokenPooling.mean(source, mask: mask, into: output)
    }
  }
}
