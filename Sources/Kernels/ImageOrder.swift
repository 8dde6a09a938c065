import COneDNN

/// How an image batch [N, C, H, W] lies in memory: channels in blocks, pixels side by side within a block.
///
/// Plain row-major order has blocks of one channel; oneDNN's blocked orders have 8 or 16; channels-last has one block
/// of all.
struct ImageOrder {
  let images: Int
  let channels: Int
  /// Height times width.
  let pixels: Int
  /// Channels of a block, which lie side by side for each pixel.
  let blockWidth: Int
  let blocks: Int
  /// Distances in numbers between images, between blocks, and between pixels.
  let imageStride: Int
  let blockStride: Int
  let pixelStride: Int

  /// Whether a pixel holds so many channels that passes go pixel by pixel rather than channel by channel.
  var isWide: Bool { blockWidth > 2 * Lanes.scalarCount }

  /// Pixels that are added up in single precision, fewer of them where there are more channels.
  var chunkPixels: Int { min(1024, max(32, (1 << 16) / blockWidth)) }

  /// Channels with those that only fill the last block.
  var paddedChannels: Int { blocks * blockWidth }

  /// Order of a tensor, nil for one that does not fit the pattern.
  init?(_ tensor: Tensor) {
    let shape = tensor.shape
    precondition(shape.rank == 4, "image order of a tensor of shape \(shape)")
    channels = shape[1]
    guard let layout = tensor.layout else {
      images = shape[0]
      pixels = shape[2] * shape[3]
      blockWidth = 1
      blocks = channels
      imageStride = channels * pixels
      blockStride = pixels
      pixelStride = 1
      return
    }
    let blocking = unsafe layout.descriptor.format_desc.blocking
    let strides = (
      Int(blocking.strides.0), Int(blocking.strides.1), Int(blocking.strides.2), Int(blocking.strides.3)
    )
    guard strides.2 == shape[3] * strides.3 || shape[2] == 1 else { return nil }
    switch blocking.inner_nblks {
    case 0 where strides.1 == 1:
      guard strides.3 == channels, strides.0 == shape[2] * shape[3] * channels else { return nil }
      // One image after the other is one long image.
      images = 1
      pixels = shape[0] * shape[2] * shape[3]
      blockWidth = channels
      blocks = 1
      blockStride = channels
      imageStride = pixels * channels
      pixelStride = channels
      return
    case 1 where blocking.inner_idxs.0 == 1:
      blockWidth = Int(blocking.inner_blks.0)
      blocks = (channels + blockWidth - 1) / blockWidth
      blockStride = strides.1
    default:
      return nil
    }
    images = shape[0]
    pixels = shape[2] * shape[3]
    imageStride = strides.0
    pixelStride = strides.3
  }
}
