// The passes over memory, eight channels at a time within a tile of two by two pixels.

extension DepthwiseConvolution {
  /// Numbers that a chunk makes or, for a weight gradient, adds up: enough to outweigh the nine sums that it keeps.
  private static let chunkCount = 1 << 16

  /// output[i, j] = sum over y, x of tap[y, x] * input[s * i + y - 1, s * j + x - 1] with stride s.
  static func convolve<Stride: WindowStride>(_ input: Images, taps: Storage, _ stride: Stride.Type, into output: Images)
  {
    parallel(output.pairs, grain: output.grain(chunkCount)) { pairs in
      let (read, write) = (Window(input, extent: Stride.value + 3), Window(output, extent: 2))
      let weights = unsafe taps.floats
      for pair in pairs {
        let (image, row) = output.place(ofPair: pair)
        read.move(image: image, row: Stride.value * row - 1)
        write.move(image: image, row: row)
        for column in Swift.stride(from: 0, to: output.width, by: 2) {
          read.move(column: Stride.value * column - 1)
          write.move(column: column)
          unsafe convolveTile(read.pixels, weights, stride, into: write.pixels, output.channels)
        }
      }
    }
  }

  @inline(__always)
  private static func convolveTile<Stride: WindowStride>(
    _ input: PixelTable, _ weights: UnsafeMutablePointer<Float>, _ stride: Stride.Type,
    into output: PixelTable, _ channels: Int
  ) {
    var taps = unsafe weights
    var channel = 0
    while channel < channels {
      let first = unsafe TapRow(taps, row: 0)
      let second = unsafe TapRow(taps, row: 1)
      let third = unsafe TapRow(taps, row: 2)
      var (top, bottom) = (PixelPair(), PixelPair())
      var row = unsafe PixelRow(input, row: 0, channel: channel, stride)
      top.add(row, first, stride)
      row = unsafe PixelRow(input, row: 1, channel: channel, stride)
      top.add(row, second, stride)
      if Stride.value == 1 { bottom.add(row, first, stride) }
      row = unsafe PixelRow(input, row: 2, channel: channel, stride)
      top.add(row, third, stride)
      bottom.add(row, Stride.value == 1 ? second : first, stride)
      row = unsafe PixelRow(input, row: 3, channel: channel, stride)
      bottom.add(row, Stride.value == 1 ? third : second, stride)
      if Stride.value == 2 {
        row = unsafe PixelRow(input, row: 4, channel: channel, stride)
        bottom.add(row, third, stride)
      }
      unsafe top.store(output, row: 0, channel: channel)
      unsafe bottom.store(output, row: 1, channel: channel)
      unsafe taps += 9 * Lanes.scalarCount
      channel += Lanes.scalarCount
    }
  }

  /// The transpose of `convolve` at stride 2: each pair of `result`'s rows and columns is reached by two of `upstream`'s.
  static func spread(_ upstream: Images, taps: Storage, into result: Images) {
    parallel(result.pairs, grain: result.grain(chunkCount)) { pairs in
      let (read, write) = (Window(upstream, extent: 2), Window(result, extent: 2))
      let weights = unsafe taps.floats
      for pair in pairs {
        let (image, row) = result.place(ofPair: pair)
        read.move(image: image, row: row / 2)
        write.move(image: image, row: row)
        for column in stride(from: 0, to: result.width, by: 2) {
          read.move(column: column / 2)
          write.move(column: column)
          unsafe spreadTile(read.pixels, weights, into: write.pixels, result.channels)
        }
      }
    }
  }

  @inline(__always)
  private static func spreadTile(
    _ upstream: PixelTable, _ weights: UnsafeMutablePointer<Float>,
    into result: PixelTable, _ channels: Int
  ) {
    var taps = unsafe weights
    var channel = 0
    while channel < channels {
      let first = unsafe TapRow(taps, row: 0)
      let second = unsafe TapRow(taps, row: 1)
      let third = unsafe TapRow(taps, row: 2)
      let upper = unsafe PixelPair(upstream, row: 0, channel: channel)
      let lower = unsafe PixelPair(upstream, row: 1, channel: channel)
      var (top, bottom) = (PixelPair(), PixelPair())
      // An even row meets the middle tap alone, an odd one the last tap of the output above and the first of the next.
      top.left = upper.left * second.b
      top.right = upper.left * second.c
      top.right.addProduct(upper.right, second.a)
      bottom.left = upper.left * third.b
      bottom.left.addProduct(lower.left, first.b)
      bottom.right = upper.left * third.c
      bottom.right.addProduct(upper.right, third.a)
      bottom.right.addProduct(lower.left, first.c)
      bottom.right.addProduct(lower.right, first.a)
      unsafe top.store(result, row: 0, channel: channel)
      unsafe bottom.store(result, row: 1, channel: channel)
      unsafe taps += 9 * Lanes.scalarCount
      channel += Lanes.scalarCount
    }
  }

  /// gradient[c, y, x] = sum over i, j of upstream[i, j] * input[s * i + y - 1, s * j + x - 1] with stride s.
  static func correlate<Stride: WindowStride>(
    _ upstream: Images, _ input: Images, _ stride: Stride.Type, into gradient: Tensor
  ) {
    let (channels, grain) = (upstream.channels, upstream.grain(chunkCount))
    let chunks = (upstream.pairs + grain - 1) / grain
    let sums = Storage(bytes: chunks * 9 * channels * MemoryLayout<Float>.stride)
    parallel(upstream.pairs, grain: grain) { pairs in
      let (read, weigh) = (Window(input, extent: Stride.value + 3), Window(upstream, extent: 2))
      let slot = unsafe sums.floats + pairs.lowerBound / grain * 9 * channels
      unsafe slot.update(repeating: 0, count: 9 * channels)
      for pair in pairs {
        let (image, row) = upstream.place(ofPair: pair)
        read.move(image: image, row: Stride.value * row - 1)
        weigh.move(image: image, row: row)
        for column in Swift.stride(from: 0, to: upstream.width, by: 2) {
          read.move(column: Stride.value * column - 1)
          weigh.move(column: column)
          unsafe correlateTile(weigh.pixels, read.pixels, stride, into: slot, channels)
        }
      }
    }
    addChunks(sums, chunks, into: gradient, channels)
  }

  @inline(__always)
  private static func correlateTile<Stride: WindowStride>(
    _ upstream: PixelTable,
    _ input: PixelTable, _ stride: Stride.Type, into sums: UnsafeMutablePointer<Float>,
    _ channels: Int
  ) {
    var taps = unsafe sums
    var channel = 0
    while channel < channels {
      var first = unsafe TapRow(taps, row: 0)
      var second = unsafe TapRow(taps, row: 1)
      var third = unsafe TapRow(taps, row: 2)
      let top = unsafe PixelPair(upstream, row: 0, channel: channel)
      let bottom = unsafe PixelPair(upstream, row: 1, channel: channel)
      var row = unsafe PixelRow(input, row: 0, channel: channel, stride)
      first.add(top, row, stride)
      row = unsafe PixelRow(input, row: 1, channel: channel, stride)
      second.add(top, row, stride)
      if Stride.value == 1 { first.add(bottom, row, stride) }
      row = unsafe PixelRow(input, row: 2, channel: channel, stride)
      third.add(top, row, stride)
      if Stride.value == 1 {
        second.add(bottom, row, stride)
      } else {
        first.add(bottom, row, stride)
      }
      row = unsafe PixelRow(input, row: 3, channel: channel, stride)
      if Stride.value == 1 {
        third.add(bottom, row, stride)
      } else {
        second.add(bottom, row, stride)
        row = unsafe PixelRow(input, row: 4, channel: channel, stride)
        third.add(bottom, row, stride)
      }
      unsafe first.store(taps, row: 0)
      unsafe second.store(taps, row: 1)
      unsafe third.store(taps, row: 2)
      unsafe taps += 9 * Lanes.scalarCount
      channel += Lanes.scalarCount
    }
  }

  /// Adds the chunks' sums in their order, and brings them from vectors of channels into the filters' order.
  private static func addChunks(_ sums: Storage, _ chunks: Int, into gradient: Tensor, _ channels: Int) {
    parallel(channels / Lanes.scalarCount, grain: 16) { blocks in
      for block in blocks {
        for tap in 0..<9 {
          var total = Lanes.zero
          for chunk in 0..<chunks {
            total += unsafe load(sums.floats, chunk * 9 * channels + (block * 9 + tap) * Lanes.scalarCount)
          }
          for lane in 0..<Lanes.scalarCount {
            unsafe gradient.storage.floats[(block * Lanes.scalarCount + lane) * 9 + tap] = total[lane]
          }
        }
      }
    }
  }
}
