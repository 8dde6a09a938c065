import Kernels
import Synchronization

/// Batches of a subset, each a pure function of (seed, epoch, index).
///
/// Training: the epoch's order is a permutation, the last shorter batch is left out, and images are augmented.
/// Evaluation: file order, nothing left out, nothing changed. Epochs count from 0.
package final class ImageLoader: Sendable {
  package let subset: ImageSubset
  package let batchSize: Int
  package let batchesPerEpoch: Int
  private let mode: Mode
  private let tables: [Float]
  private let latestOrder = Mutex<(epoch: Int, order: [Int])?>(nil)

  private enum Mode: Sendable {
    case training(Augmentation, Seed)
    case evaluation
  }

  /// Shuffled and augmented batches.
  ///
  /// - Throws: `batchSizeOutOfRange` if not even one batch can be filled.
  package convenience init(
    training subset: ImageSubset, batchSize: Int, augmentation: Augmentation, seed: Seed
  ) throws(DatasetError) {
    precondition(augmentation.cropPadding >= 0, "ImageLoader: crop padding \(augmentation.cropPadding) is negative")
    guard batchSize >= 1, batchSize <= subset.count else {
      throw .batchSizeOutOfRange(dataset: subset.dataset.name, batchSize: batchSize, examples: subset.count)
    }
    self.init(subset, batchSize: batchSize, batches: subset.count / batchSize, mode: .training(augmentation, seed))
  }

  /// Batches in file order; the last one may be shorter.
  ///
  /// - Precondition: `batchSize` >= 1.
  package convenience init(evaluating subset: ImageSubset, batchSize: Int) {
    precondition(batchSize >= 1, "ImageLoader: batch size \(batchSize) is not positive")
    let batches = (subset.count + batchSize - 1) / batchSize
    self.init(subset, batchSize: batchSize, batches: batches, mode: .evaluation)
  }

  private init(_ subset: ImageSubset, batchSize: Int, batches: Int, mode: Mode) {
    self.subset = subset
    self.batchSize = batchSize
    self.batchesPerEpoch = batches
    self.mode = mode
    self.tables = subset.normalization.tables
  }

  /// Positions within the subset in the order in which an epoch visits them.
  ///
  /// - Cost: the latest epoch's is kept.
  package func order(epoch: Int) -> [Int] {
    guard case .training(_, let seed) = mode else { return Array(0..<subset.count) }
    return latestOrder.withLock { latest in
      if let latest, latest.epoch == epoch { return latest.order }
      let order = seed.stream("order/epoch/\(epoch)").permutation(of: subset.count)
      latest = (epoch, order)
      return order
    }
  }

  /// One batch.
  ///
  /// - Precondition: `epoch` >= 0, `index` in 0..<`batchesPerEpoch`.
  package func batch(epoch: Int, index: Int) -> ImageBatch {
    var batch = ImageBatch(shape: subset.dataset.shape, capacity: batchSize)
    fill(&batch, epoch: epoch, index: index)
    return batch
  }

  /// One batch into the buffers of another.
  ///
  /// - Cost: allocates nothing if `batch` is not shared and had as many images.
  package func fill(_ batch: inout ImageBatch, epoch: Int, index: Int) {
    precondition(epoch >= 0, "ImageLoader.fill: epoch \(epoch) is negative")
    precondition(
      index >= 0 && index < batchesPerEpoch, "ImageLoader.fill: batch \(index) is outside 0..<\(batchesPerEpoch)")
    let order = order(epoch: epoch)
    let positions = order[index * batchSize..<min((index + 1) * batchSize, order.count)]
    let shape = subset.dataset.shape
    batch.shape = shape
    batch.labels.removeAll(keepingCapacity: true)
    resize(&batch.pixels, to: positions.count * shape.count)
    let windows = windows(epoch: epoch)
    var start = 0
    for position in positions {
      let example = subset.indices[position]
      batch.labels.append(subset.dataset.labels[example])
      write(example, window: windows?.window(of: example) ?? ImageWindow(), to: &batch.pixels, at: start)
      start += shape.count
    }
  }

  private func windows(epoch: Int) -> ImageWindow.Stream? {
    guard case .training(let augmentation, let seed) = mode else { return nil }
    return ImageWindow.Stream(augmentation, seed: seed, epoch: epoch)
  }

  private func resize(_ pixels: inout [Float], to count: Int) {
    if pixels.count > count {
      pixels.removeLast(pixels.count - count)
    } else if pixels.count < count {
      pixels.append(contentsOf: repeatElement(0, count: count - pixels.count))
    }
  }

  /// Copies one image, shifted and mirrored by its window, through the normalisation tables.
  ///
  /// A pixel outside the image is the raw value 0, normalised like any other, as when PyTorch pads before normalising.
  private func write(_ example: Int, window: ImageWindow, to pixels: inout [Float], at start: Int) {
    let shape = subset.dataset.shape
    let width = shape.width
    // Spans borrow local values: they cannot borrow from a class.
    let (bytes, values) = (subset.dataset.pixels, tables)
    let source = bytes.span
    let table = values.span
    var target = pixels.mutableSpan
    // Output columns, before mirroring, that show the image.
    let first = min(width, max(0, -window.left))
    let end = max(first, min(width, width - window.left))
    let step = window.isMirrored ? -1 : 1
    var row = start
    for channel in 0..<shape.channels {
      let base = channel * 256
      let padding = table[base]
      let plane = example * shape.count + channel * shape.height * width
      for y in window.top..<window.top + shape.height {
        let isShown = y >= 0 && y < shape.height
        let (first, end) = isShown ? (first, end) : (width, width)
        let from = plane + y * width + window.left
        let origin = window.isMirrored ? row + width - 1 : row
        for x in 0..<first { target[origin + step * x] = padding }
        for x in first..<end { target[origin + step * x] = table[base + Int(source[from + x])] }
        for x in end..<width { target[origin + step * x] = padding }
        row += width
      }
    }
  }
}
