import Kernels
import Synchronization

/// Batches of encoded texts, each a pure function of (seed, epoch, index).
///
/// Examples are ordered by length, the longest first, and that order is cut into batches of at most `batchSize` sequences
/// and, where a budget is set, at most so many tokens, padding included; a single sequence always makes a batch. Training:
/// every epoch permutes examples of one length among each other, and the batches; as the lengths stay, so does the number
/// of batches. Evaluation: nothing is permuted. Either way every example comes once an epoch. Epochs count from 0.
package final class TextLoader: Sendable {
  package let texts: EncodedTexts
  package let batchSize: Int
  package let tokensPerBatch: Int?
  /// Where each batch begins in the order by length, and the end of the last one.
  private let cuts: [Int]
  /// Positions in the order by length at which each length begins, by length.
  private let starts: [Int]
  private let seed: Seed?
  private let latest = Mutex<Epoch?>(nil)

  private struct Epoch {
    var number: Int
    var order: [Int]
    var batches: [Int]
  }

  /// Shuffled batches.
  ///
  /// - Throws: `batchSizeOutOfRange` or `tokensPerBatchOutOfRange` for a bound below 1.
  package convenience init(
    training texts: EncodedTexts, batchSize: Int, tokensPerBatch: Int?, seed: Seed
  ) throws(DatasetError) {
    guard batchSize >= 1 else {
      throw .batchSizeOutOfRange(dataset: texts.name, batchSize: batchSize, examples: texts.count)
    }
    if let tokensPerBatch, tokensPerBatch < 1 {
      throw .tokensPerBatchOutOfRange(dataset: texts.name, tokens: tokensPerBatch)
    }
    self.init(texts, batchSize: batchSize, tokensPerBatch: tokensPerBatch, seed: seed)
  }

  /// Batches in the order of length, examples of one length in the order of `texts`.
  ///
  /// - Precondition: `batchSize` >= 1, `tokensPerBatch` >= 1.
  package convenience init(evaluating texts: EncodedTexts, batchSize: Int, tokensPerBatch: Int?) {
    precondition(batchSize >= 1, "TextLoader: batch size \(batchSize) is not positive")
    precondition(tokensPerBatch ?? 1 >= 1, "TextLoader: token budget \(tokensPerBatch ?? 0) is not positive")
    self.init(texts, batchSize: batchSize, tokensPerBatch: tokensPerBatch, seed: nil)
  }

  private init(_ texts: EncodedTexts, batchSize: Int, tokensPerBatch: Int?, seed: Seed?) {
    self.texts = texts
    self.batchSize = batchSize
    self.tokensPerBatch = tokensPerBatch
    self.seed = seed
    let lengths = texts.lengths.sorted(by: >)
    var starts = [Int](repeating: 0, count: (lengths.first ?? 0) + 1)
    for (position, length) in lengths.enumerated().reversed() { starts[length] = position }
    self.starts = starts
    // A batch is as long as its first sequence, so that its cost is known before it is filled.
    var cuts = [0]
    for position in lengths.indices {
      let start = cuts[cuts.count - 1]
      let isFull = position - start == batchSize
      let isOverBudget = tokensPerBatch.map { (position - start + 1) * lengths[start] > $0 } ?? false
      if position > start, isFull || isOverBudget { cuts.append(position) }
    }
    self.cuts = cuts + [lengths.count]
  }

  /// The same in every epoch.
  package var batchesPerEpoch: Int { cuts.count - 1 }

  /// Positions of the examples in `texts`, batch after batch as an epoch visits them.
  ///
  /// - Cost: the latest epoch's is kept.
  package func order(epoch: Int) -> [Int] {
    let epoch = self.epoch(epoch)
    return epoch.batches.flatMap { epoch.order[cuts[$0]..<cuts[$0 + 1]] }
  }

  /// One batch.
  ///
  /// - Precondition: `epoch` >= 0, `index` in 0..<`batchesPerEpoch`.
  package func batch(epoch: Int, index: Int) -> TextBatch {
    precondition(epoch >= 0, "TextLoader.batch: epoch \(epoch) is negative")
    precondition(
      index >= 0 && index < batchesPerEpoch, "TextLoader.batch: batch \(index) is outside 0..<\(batchesPerEpoch)")
    let epoch = self.epoch(epoch)
    let batch = epoch.batches[index]
    return TextBatch(of: texts, at: Array(epoch.order[cuts[batch]..<cuts[batch + 1]]))
  }

  /// Tokens of each example, for a histogram.
  package var lengths: [Int] { texts.lengths }

  /// Positions of an epoch's batches that hold padding and no token, as a share of all, in 0..<1.
  package var paddingShare: Double {
    let lengths = texts.lengths.sorted(by: >)
    let padded = (0..<batchesPerEpoch).reduce(0) { $0 + (cuts[$1 + 1] - cuts[$1]) * lengths[cuts[$1]] }
    return 1 - Double(lengths.reduce(0, +)) / Double(padded)
  }

  private func epoch(_ number: Int) -> Epoch {
    latest.withLock { latest in
      let number = seed == nil ? 0 : number
      if let latest, latest.number == number { return latest }
      let epoch = Epoch(
        number: number, order: byLength(seed?.stream("order/epoch/\(number)").permutation(of: texts.count)),
        batches: seed?.stream("batches/epoch/\(number)").permutation(of: batchesPerEpoch)
          ?? Array(0..<batchesPerEpoch))
      latest = epoch
      return epoch
    }
  }

  /// Examples by length, the longest first; those of one length in the order that `permutation` has them in.
  private func byLength(_ permutation: [Int]?) -> [Int] {
    var next = starts
    var order = [Int](repeating: 0, count: texts.count)
    for position in 0..<texts.count {
      let example = permutation?[position] ?? position
      let length = texts.inputs[example].ids.count
      order[next[length]] = example
      next[length] += 1
    }
    return order
  }
}
