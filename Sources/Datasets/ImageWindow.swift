import Kernels

/// Which part of its source an output image shows; what lies outside the source is padding.
struct ImageWindow: Equatable {
  /// Source row and column of the output's first pixel, before mirroring; may be negative.
  var top = 0
  var left = 0
  var isMirrored = false

  /// The windows of an epoch's images: a function of (seed, epoch, position in the data set) alone.
  ///
  /// Row and column offsets are uniform in -padding...padding, from the stream `crop/epoch/<epoch>` at twice the
  /// position and the number after; mirroring is the top bit of the stream `flip/epoch/<epoch>` at the position.
  struct Stream {
    private let augmentation: Augmentation
    private let crops: RandomStream
    private let flips: RandomStream

    init(_ augmentation: Augmentation, seed: Seed, epoch: Int) {
      self.augmentation = augmentation
      crops = seed.stream("crop/epoch/\(epoch)")
      flips = seed.stream("flip/epoch/\(epoch)")
    }

    func window(of example: Int) -> ImageWindow {
      var window = ImageWindow()
      let padding = augmentation.cropPadding
      if padding > 0 {
        window.top = crops.integer(below: 2 * padding + 1, at: 2 * example) - padding
        window.left = crops.integer(below: 2 * padding + 1, at: 2 * example + 1) - padding
      }
      if augmentation.flipsHorizontally { window.isMirrored = flips.bits(at: example) >> 63 == 1 }
      return window
    }
  }
}
