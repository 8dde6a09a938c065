import Foundation

extension Tensor {
  /// Tensor of little-endian single-precision numbers in row-major order.
  ///
  /// - Precondition: four bytes an element.
  package init(littleEndian bytes: Data, shape: Shape) {
    precondition(bytes.count == 4 * shape.count, "tensor of shape \(shape): \(bytes.count) bytes given")
    self.init(uninitialized: shape)
    let target = unsafe storage.floats
    unsafe bytes.withUnsafeBytes { source in
      for index in 0..<(source.count / 4) {
        let bits = unsafe source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        unsafe target[index] = Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }

  /// The elements in row-major order as little-endian single-precision numbers.
  package var littleEndianBytes: Data {
    withElements { elements in
      var data = Data(count: 4 * elements.count)
      unsafe data.withUnsafeMutableBytes { target in
        for index in elements.indices {
          unsafe target.storeBytes(
            of: elements[index].bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
        }
      }
      return data
    }
  }
}

/// 64-bit integers stored little-endian.
///
/// - Precondition: eight bytes an integer.
package func integers(littleEndian bytes: Data) -> [Int] {
  precondition(bytes.count % 8 == 0, "integers: \(bytes.count) bytes are not whole 64-bit words")
  return unsafe bytes.withUnsafeBytes { source in
    (0..<(source.count / 8)).map {
      unsafe Int(Int64(littleEndian: source.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
    }
  }
}
