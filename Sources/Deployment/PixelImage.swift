import Datasets

/// An image of pixels in 0...1, channel by channel; in double precision, as training normalises bytes.
struct PixelImage: Equatable {
  /// [C, H, W], row-major.
  let values: [Double]
  let channels: Int
  let height: Int
  let width: Int

  init(values: [Double], channels: Int, height: Int, width: Int) {
    precondition(values.count == channels * height * width, "image of \(values.count) values")
    self.values = values
    self.channels = channels
    self.height = height
    self.width = width
  }

  init(bytes: [UInt8], _ shape: ImageShape) {
    self.init(
      values: bytes.map { Double($0) / 255 }, channels: shape.channels, height: shape.height, width: shape.width)
  }

  /// Grey in every channel, or colours as their luma (ITU-R BT.601, as Pillow's mode L); itself if it has as many.
  ///
  /// - Precondition: 1 or 3 channels.
  func with(channels count: Int) -> PixelImage {
    guard count != channels else { return self }
    let plane = height * width
    let pixels: [Double] =
      count == 1
      ? (0..<plane).map { 0.299 * values[$0] + 0.587 * values[plane + $0] + 0.114 * values[2 * plane + $0] }
      : values + values + values
    return PixelImage(values: pixels, channels: count, height: height, width: width)
  }

  /// Scaled bilinearly between the centres of pixels; outside them, the nearest counts.
  ///
  /// Nothing is smoothed before: of an image scaled down by much, most pixels have no say.
  func resized(height newHeight: Int, width newWidth: Int) -> PixelImage {
    func places(_ count: Int, _ old: Int) -> [(low: Int, high: Int, share: Double)] {
      (0..<count).map { index in
        let place = min(max((Double(index) + 0.5) * Double(old) / Double(count) - 0.5, 0), Double(old - 1))
        let low = Int(place)
        return (low, min(low + 1, old - 1), place - Double(low))
      }
    }
    let (rows, columns) = (places(newHeight, height), places(newWidth, width))
    var result: [Double] = []
    result.reserveCapacity(channels * newHeight * newWidth)
    for channel in 0..<channels {
      let plane = channel * height * width
      for row in rows {
        let (top, bottom) = (plane + row.low * width, plane + row.high * width)
        for column in columns {
          let upper = values[top + column.low] * (1 - column.share) + values[top + column.high] * column.share
          let lower = values[bottom + column.low] * (1 - column.share) + values[bottom + column.high] * column.share
          result.append(upper * (1 - row.share) + lower * row.share)
        }
      }
    }
    return PixelImage(values: result, channels: channels, height: newHeight, width: newWidth)
  }
}
