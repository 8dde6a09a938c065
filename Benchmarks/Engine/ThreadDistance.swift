import Kernels

/// How quickly threads read what another one has just written: where the machine runs them.
///
/// A virtual machine's processors are moved about without it being told. On an AMD EPYC (Zen 3) it is 22 to 34 GB/s
/// for two threads whose cores share a third cache, and 7 to 10 where they do not: layers of a tenth of a millisecond, which
/// hand on what they computed, take twice as long then.
final class ThreadDistance {
  private let buffers: [Buffer]
  private var rates: [Double] = []

  /// Of 8 numbers: 128 KiB, which leave the first cache but not the second.
  private static let vectors = 4096

  /// One thread's; sound as `Sendable`, since a loop's threads write buffers of their own and read others in the next loop.
  private final class Buffer: @unchecked Sendable {
    var values = [SIMD8<Float>](repeating: .zero, count: vectors)
    var sum = SIMD8<Float>.zero
    var seconds = 0.0
  }

  init() { buffers = (0..<ThreadPool.size).map { _ in Buffer() } }

  /// GB/s, the median of all that was measured; nil for a single thread.
  var rate: Double? { buffers.count > 1 ? LayerTimes.quantiles(rates).median : nil }

  /// Measures once.
  func measure() {
    let buffers = buffers
    guard buffers.count > 1 else { return }
    parallel(buffers.count, grain: 1) { range in
      for thread in range {
        for index in 0..<Self.vectors { buffers[thread].values[index] += 1 }
      }
    }
    parallel(buffers.count, grain: 1) { range in
      for thread in range { Self.read(buffers[(thread + 1) % buffers.count], by: buffers[thread]) }
    }
    let slowest = buffers.map(\.seconds).max() ?? 0
    rates.append(Double(Self.vectors * MemoryLayout<SIMD8<Float>>.stride) / slowest / 1e9)
  }

  private static func read(_ source: Buffer, by reader: Buffer) {
    source.values.withUnsafeBufferPointer { values in
      let start = ContinuousClock.now
      var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
      for index in stride(from: 0, to: vectors, by: 4) {
        sums.0 += values[index]
        sums.1 += values[index + 1]
        sums.2 += values[index + 2]
        sums.3 += values[index + 3]
      }
      reader.seconds = (ContinuousClock.now - start) / .seconds(1)
      reader.sum = sums.0 + sums.1 + sums.2 + sums.3
    }
  }
}
