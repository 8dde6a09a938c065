import Foundation
import Kernels
import Networks

/// A tensor as the compact container has it: an encoding and its payload.
struct CompactTensor {
  enum ElementType: String, CaseIterable {
    case float = "F32"
    case integer = "I64"

    var bytes: Int { self == .float ? 4 : 8 }
  }

  let name: String
  let type: ElementType
  let shape: Shape
  let encoding: CompactEncoding
  /// How many values the payload begins with.
  let values: Int
  let payload: Data

  init(
    name: String, type: ElementType, shape: Shape, encoding: CompactEncoding, values: Int, payload: Data
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.encoding = encoding
    self.values = values
    self.payload = payload
  }

  /// Integers, as they are.
  init(name: String, _ integers: (values: [Int], shape: Shape)) {
    self.init(
      name: name, type: .integer, shape: integers.shape, encoding: .dense, values: integers.values.count,
      payload: SafetensorsFile.littleEndianBytes(of: integers.values))
  }

  /// A tensor in the encoding that takes the fewest bytes; of equal ones the first of dense, groups, bitmask, gaps.
  ///
  /// - Cost: a few passes over the elements that are not zero.
  init(name: String, _ tensor: Tensor) {
    let (count, shape) = (tensor.count, tensor.shape)
    let nonzeros = Self.nonzeros(of: tensor)
    guard let nonzeros else {
      self.init(
        name: name, type: .float, shape: shape, encoding: .dense, values: count, payload: tensor.littleEndianBytes)
      return
    }
    var best = Packing(.dense, values: count, of: count)
    let groups = Self.groups(shape, nonzeros)
    for (layout, masks, keeping) in groups {
      best.improve(by: .groups(keeping: keeping, of: layout.size), values: masks.count * keeping)
    }
    best.improve(by: .bitmask, values: nonzeros.count)
    for (bits, codes) in Self.gaps(count, nonzeros) {
      best.improve(by: .gaps(bits: bits, codes: codes), values: nonzeros.count)
    }
    var stored = nonzeros
    var index = BitWriter()
    switch best.encoding {
    case .dense:
      stored = Array(0..<count)
    case .bitmask:
      var next = 0
      for place in nonzeros {
        for _ in next..<place { index.append(0, bits: 1) }
        index.append(1, bits: 1)
        next = place + 1
      }
      for _ in next..<count { index.append(0, bits: 1) }
    case .gaps(let bits, _):
      Self.writeGaps(to: &index, count, nonzeros, bits: bits)
    case .groups(let keeping, let size):
      stored = []
      for (layout, masks, _) in groups where layout.size == size {
        let bits = CompactEncoding.indexBits(size)
        for (group, mask) in masks.enumerated() {
          for member in Self.members(of: mask, keeping: keeping) {
            index.append(member, bits: bits)
            stored.append(layout.index(group: group, member: member))
          }
        }
      }
    }
    index.pad()
    let values = tensor.withElements { elements in stored.map { elements[$0] } }
    self.init(
      name: name, type: .float, shape: shape, encoding: best.encoding, values: stored.count,
      payload: Tensor(values, shape: [values.count]).littleEndianBytes + Data(index.bytes))
  }

  /// The encoding that takes the fewest bytes so far.
  private struct Packing {
    private(set) var encoding: CompactEncoding
    private var bytes: Int
    private let count: Int

    init(_ encoding: CompactEncoding, values: Int, of count: Int) {
      self.encoding = encoding
      self.count = count
      bytes = encoding.payloadBytes(count: count, values: values, valueBytes: 4)
    }

    mutating func improve(by other: CompactEncoding, values: Int) {
      let otherBytes = other.payloadBytes(count: count, values: values, valueBytes: 4)
      if otherBytes < bytes { (encoding, bytes) = (other, otherBytes) }
    }
  }

  /// Places of elements with a bit set, in order; nil if so few have none that no encoding is smaller than dense.
  private static func nonzeros(of tensor: Tensor) -> [Int]? {
    tensor.withElements { elements in
      var count = 0
      for index in elements.indices where elements[index].bitPattern != 0 { count += 1 }
      // A bitmask costs one bit an element and saves 32 a zero; groups and gaps cost no less.
      guard elements.count - count > elements.count / 32 else { return nil }
      var places: [Int] = []
      places.reserveCapacity(count)
      for index in elements.indices where elements[index].bitPattern != 0 { places.append(index) }
      return places
    }
  }

  /// Patterns of N in M input channels, with N the most that a group has, that hold for all groups.
  private static func groups(
    _ shape: Shape, _ nonzeros: [Int]
  ) -> [(layout: GroupLayout, masks: [UInt16], keeping: Int)] {
    CompactEncoding.groupSizes.compactMap { size in
      // No fewer than the mean are in the fullest group.
      guard let layout = GroupLayout(shape, size: size), !nonzeros.isEmpty,
        nonzeros.count <= layout.count * (size - 1)
      else { return nil }
      var masks = [UInt16](repeating: 0, count: layout.count)
      for place in nonzeros {
        let (group, member) = layout.place(of: place)
        masks[group] |= 1 << UInt16(member)
      }
      let keeping = masks.reduce(0) { max($0, $1.nonzeroBitCount) }
      return keeping < size ? (layout, masks, keeping) : nil
    }
  }

  /// Members of a group, in order: those of `mask`, and as many of the first others as are wanting.
  private static func members(of mask: UInt16, keeping: Int) -> [Int] {
    var (filled, wanting, bit) = (mask, keeping - mask.nonzeroBitCount, UInt16(1))
    while wanting > 0 {
      if filled & bit == 0 {
        filled |= bit
        wanting -= 1
      }
      bit <<= 1
    }
    return (0..<16).filter { filled & (1 << UInt16($0)) != 0 }
  }

  /// Codes that gaps take, by their width.
  private static func gaps(_ count: Int, _ nonzeros: [Int]) -> [(bits: Int, codes: Int)] {
    // With more, even codes of the fewest bits take more than a bit an element.
    guard nonzeros.count <= count / 2 else { return [] }
    return CompactEncoding.gapBits.map { bits in
      let most = 1 << bits - 1
      var (codes, next) = (0, 0)
      for place in nonzeros {
        codes += (place - next) / most + 1
        next = place + 1
      }
      return (bits, codes + (count - next + most - 1) / most)
    }
  }

  private static func writeGaps(to index: inout BitWriter, _ count: Int, _ nonzeros: [Int], bits: Int) {
    let most = 1 << bits - 1
    var next = 0
    for place in nonzeros {
      while place - next >= most {
        index.append(most, bits: bits)
        next += most
      }
      index.append(place - next, bits: bits)
      next = place + 1
    }
    while next < count {
      index.append(most, bits: bits)
      next += most
    }
  }
}
