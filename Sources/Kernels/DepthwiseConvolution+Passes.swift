// The passes over memory, eight channels at a time within a tile.

extension DepthwiseConvolution {
  /// Rows of a band, outputs of a tile: with four, their sums and the nine taps fill the registers.
  private static let bandRows = 4
  /// Numbers that a chunk makes or, for a weight gradient, adds up: enough to outweigh the nine sums that it keeps.
  private static let chunkCount = 1 << 16

  /// output[i, j] = sum over y, x of tap[y, x] * input[s * i + y - 1, s * j + x - 1] with stride s.
  static func convolve<Stride: WindowStride>(
    _ input: Images, taps: Storage, _ stride: Stride.Type, into output: Images
  ) {
    parallel(output.bands(of: bandRows), grain: output.grain(bandsOf: bandRows, chunkCount)) { bands in
      let read = Window(input, rows: Stride.rows, columns: 3)
      let write = Window(output, rows: bandRows, columns: 1)
      let weights = unsafe taps.floats
      for band in bands {
        let (image, row) = output.place(ofBand: band, of: bandRows)
        read.move(image: image, row: Stride.value * row - 1)
        write.move(image: image, row: row)
        for column in 0..<output.width {
          read.move(column: Stride.value * column - 1)
          write.move(column: column)
          unsafe convolveTile(read.pixels, weights, stride, into: write.pixels, output.channels)
        }
      }
    }
  }

  @inline(__always)
  private static func convolveTile<Stride: WindowStride>(
    _ input: PixelTable, _ weights: UnsafeMutablePointer<Float>, _ stride: Stride.Type, into output: PixelTable,
    _ channels: Int
  ) {
    var weights = unsafe weights
    var channel = 0
    while channel < channels {
      let taps = unsafe Taps(weights)
      var (a, b, c, d) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
      @inline(__always)
      func add(_ row: Int) {
        let pixels = unsafe PixelRow(input, row: row, channel: channel)
        taps.apply(to: pixels, row: row, &a)
        taps.apply(to: pixels, row: row - Stride.value, &b)
        taps.apply(to: pixels, row: row - 2 * Stride.value, &c)
        taps.apply(to: pixels, row: row - 3 * Stride.value, &d)
      }
      add(0)
      add(1)
      add(2)
      add(3)
      add(4)
      add(5)
      if Stride.value == 2 {
        add(6)
        add(7)
        add(8)
      }
      unsafe store(a, output[0], channel)
      unsafe store(b, output[Window.pitch], channel)
      unsafe store(c, output[2 * Window.pitch], channel)
      unsafe store(d, output[3 * Window.pitch], channel)
      unsafe weights += 9 * Lanes.scalarCount
      channel += Lanes.scalarCount
    }
  }

  /// The transpose of `convolve` at stride 2: each pair of `result`'s rows and columns is reached by two of `upstream`'s.
  static func spread(_ upstream: Images, taps: Storage, into result: Images) {
    parallel(result.bands(of: 2), grain: result.grain(bandsOf: 2, chunkCount)) { bands in
      let read = Window(upstream, rows: 2, columns: 2)
      let write = Window(result, rows: 2, columns: 2)
      let weights = unsafe taps.floats
      for band in bands {
        let (image, row) = result.place(ofBand: band, of: 2)
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
    _ upstream: PixelTable, _ weights: UnsafeMutablePointer<Float>, into result: PixelTable, _ channels: Int
  ) {
    var weights = unsafe weights
    var channel = 0
    while channel < channels {
      let taps = unsafe Taps(weights)
      let (a, b) = unsafe (load(upstream[0], channel), load(upstream[1], channel))
      let c = unsafe load(upstream[Window.pitch], channel)
      let d = unsafe load(upstream[Window.pitch + 1], channel)
      // An even row meets the middle tap alone, an odd one the last tap of the output above and the first of the next.
      var right = a * taps[1, 2]
      right.addProduct(b, taps[1, 0])
      var below = a * taps[2, 1]
      below.addProduct(c, taps[0, 1])
      var across = a * taps[2, 2]
      across.addProduct(b, taps[2, 0])
      across.addProduct(c, taps[0, 2])
      across.addProduct(d, taps[0, 0])
      unsafe store(a * taps[1, 1], result[0], channel)
      unsafe store(right, result[1], channel)
      unsafe store(below, result[Window.pitch], channel)
      unsafe store(across, result[Window.pitch + 1], channel)
      unsafe weights += 9 * Lanes.scalarCount
      channel += Lanes.scalarCount
    }
  }

  /// gradient[c, y, x] = sum over i, j of upstream[i, j] * input[s * i + y - 1, s * j + x - 1] with stride s.
  static func correlate<Stride: WindowStride>(
    _ upstream: Images, _ input: Images, _ stride: Stride.Type, into gradient: Tensor
  ) {
    let (channels, bands) = (upstream.channels, upstream.bands(of: bandRows))
    let grain = upstream.grain(bandsOf: bandRows, chunkCount)
    let chunks = (bands + grain - 1) / grain
    let sums = Storage(bytes: chunks * 9 * channels * MemoryLayout<Float>.stride)
    parallel(bands, grain: grain) { bands in
      let read = Window(input, rows: Stride.rows, columns: 3)
      let weigh = Window(upstream, rows: bandRows, columns: 1)
      let slot = unsafe sums.floats + bands.lowerBound / grain * 9 * channels
      unsafe slot.update(repeating: 0, count: 9 * channels)
      for band in bands {
        let (image, row) = upstream.place(ofBand: band, of: bandRows)
        read.move(image: image, row: Stride.value * row - 1)
        weigh.move(image: image, row: row)
        for column in 0..<upstream.width {
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
    _ upstream: PixelTable, _ input: PixelTable, _ stride: Stride.Type, into sums: UnsafeMutablePointer<Float>,
    _ channels: Int
  ) {
    var sums = unsafe sums
    var channel = 0
    while channel < channels {
      var taps = unsafe Taps(sums)
      let (a, b) = unsafe (load(upstream[0], channel), load(upstream[Window.pitch], channel))
      let c = unsafe load(upstream[2 * Window.pitch], channel)
      let d = unsafe load(upstream[3 * Window.pitch], channel)
      @inline(__always)
      func add(_ row: Int) {
        let pixels = unsafe PixelRow(input, row: row, channel: channel)
        taps.add(a, pixels, row: row)
        taps.add(b, pixels, row: row - Stride.value)
        taps.add(c, pixels, row: row - 2 * Stride.value)
        taps.add(d, pixels, row: row - 3 * Stride.value)
      }
      add(0)
      add(1)
      add(2)
      add(3)
      add(4)
      add(5)
      if Stride.value == 2 {
        add(6)
        add(7)
        add(8)
      }
      unsafe taps.store(sums)
      unsafe sums += 9 * Lanes.scalarCount
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
