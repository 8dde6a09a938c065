import Foundation
import Kernels

extension CompactTensor {
  /// What is wrong with a payload.
  struct Fault: Error {
    let text: String

    init(_ text: String) {
      self.text = text
    }
  }

  /// The tensor with all its elements.
  ///
  /// - Precondition: the payload is as long as the encoding says; a tensor of numbers, not of integers.
  func unpacked() throws(Fault) -> Tensor {
    if encoding == .dense { return Tensor(littleEndian: payload, shape: shape) }
    let border = payload.startIndex + 4 * values
    var index = BitReader([UInt8](payload[border...]))
    let places =
      switch encoding {
      case .dense: Array(0..<values)
      case .bitmask: try bitmaskPlaces(&index)
      case .gaps(let bits, let codes): try gapPlaces(&index, bits: bits, codes: codes)
      case .groups(let keeping, let size): try groupPlaces(&index, keeping: keeping, size: size)
      }
    guard index.isAtPadding else { throw Fault("has bits set behind its index") }
    let stored = Tensor(littleEndian: payload[..<border], shape: [values])
    var tensor = Tensor(repeating: 0, shape: shape)
    let firstZero = stored.withElements { stored in
      tensor.withMutableElements { elements in
        var firstZero: Int?
        for (number, place) in places.enumerated() {
          elements[place] = stored[number]
          if firstZero == nil, stored[number].bitPattern == 0 { firstZero = number }
        }
        return firstZero
      }
    }
    // Only groups that have fewer than others are filled up with zeros.
    if let firstZero, encoding.word != .groups { throw Fault("has a zero as value \(firstZero)") }
    return tensor
  }

  private func bitmaskPlaces(_ index: inout BitReader) throws(Fault) -> [Int] {
    var places: [Int] = []
    places.reserveCapacity(values)
    for place in 0..<shape.count where index.read(bits: 1) == 1 { places.append(place) }
    guard places.count == values else {
      throw Fault("has a mask with \(places.count) bits set, for \(values) values")
    }
    return places
  }

  private func gapPlaces(_ index: inout BitReader, bits: Int, codes: Int) throws(Fault) -> [Int] {
    let (count, most) = (shape.count, 1 << bits - 1)
    var places: [Int] = []
    places.reserveCapacity(values)
    var next = 0
    for number in 0..<codes {
      guard next < count else { throw Fault("has \(codes) gaps, \(number) of which cover its \(count) elements") }
      let gap = index.read(bits: bits)
      next += gap
      guard gap < most else { continue }
      guard next < count else { throw Fault("has value \(places.count) at element \(next) of \(count)") }
      places.append(next)
      next += 1
    }
    guard next >= count else { throw Fault("has gaps that end at element \(next) of \(count)") }
    guard places.count == values else { throw Fault("has gaps for \(places.count) values, and \(values) values") }
    return places
  }

  private func groupPlaces(_ index: inout BitReader, keeping: Int, size: Int) throws(Fault) -> [Int] {
    guard let layout = GroupLayout(shape, size: size) else { return [] }
    let bits = CompactEncoding.indexBits(size)
    var places: [Int] = []
    places.reserveCapacity(values)
    for group in 0..<layout.count {
      var latest = -1
      for _ in 0..<keeping {
        let member = index.read(bits: bits)
        guard member > latest, member < size else {
          throw Fault("has index \(member) in group \(group), expected them to rise and to be below \(size)")
        }
        places.append(layout.index(group: group, member: member))
        latest = member
      }
    }
    return places
  }
}
