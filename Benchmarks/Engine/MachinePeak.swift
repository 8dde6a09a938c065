import Kernels

/// The most that the machine's threads do in fused multiply-adds on registers: what GFLOP/s are measured against.
struct MachinePeak {
  let threads: Int
  let gigaflops: Double

  /// Best of ten rounds of some ten milliseconds.
  static func measured(threads: Int?) -> MachinePeak {
    if let threads { ThreadPool.setSize(threads) }
    let threads = ThreadPool.size
    let rounds = 4_000_000
    var best = Double.infinity
    for _ in 0..<10 {
      let start = ContinuousClock.now
      parallel(threads, grain: 1) { range in
        for _ in range { keep(chain(rounds)) }
      }
      best = min(best, (ContinuousClock.now - start) / .seconds(1))
    }
    // Twelve chains of eight lanes, two operations each.
    return MachinePeak(threads: threads, gigaflops: Double(threads * rounds * 12 * 8 * 2) / best / 1e9)
  }

  /// Twelve independent chains: as many as hide the latency of a multiply-add on every current core.
  @inline(never)
  private static func chain(_ rounds: Int) -> Float {
    let factor = SIMD8<Float>(repeating: 0.999_999)
    let term = SIMD8<Float>(repeating: 1e-6)
    var (a, b, c, d) = (term, term, term, term)
    var (e, f, g, h) = (term, term, term, term)
    var (i, j, k, l) = (term, term, term, term)
    for _ in 0..<rounds {
      a = term.addingProduct(a, factor)
      b = term.addingProduct(b, factor)
      c = term.addingProduct(c, factor)
      d = term.addingProduct(d, factor)
      e = term.addingProduct(e, factor)
      f = term.addingProduct(f, factor)
      g = term.addingProduct(g, factor)
      h = term.addingProduct(h, factor)
      i = term.addingProduct(i, factor)
      j = term.addingProduct(j, factor)
      k = term.addingProduct(k, factor)
      l = term.addingProduct(l, factor)
    }
    let sum = a + b + c + d + e + f + g + h + i + j + k + l
    return sum.sum()
  }

  @inline(never)
  private static func keep(_: Float) {}
}
