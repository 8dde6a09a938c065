import Digests
import Foundation
import Kernels
import ModelFiles
import Networks

/// Bits that must survive: both zeros, subnormal, largest, infinite, and no numbers of several kinds.
let specialBits: [UInt32] = [
  0, 0x8000_0000, 1, 0x8000_0001, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FC1_2345, 0xFFFF_FFFF,
  0x7F80_0001,
]

/// Numbers of a linear congruential sequence (Knuth, MMIX), equal in every run of the tests.
struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15
  }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
  }
}

extension Tensor {
  var bits: [UInt32] { elements.map(\.bitPattern) }

  /// Elements that are not zero, in places drawn from all; a few of them special.
  static func random(_ shape: Shape, nonzeros: Int, specials: Bool = true, _ numbers: inout Numbers) -> Tensor {
    var elements = [Float](repeating: 0, count: shape.count)
    // Each place is taken with the share of those still wanted among those left.
    var wanted = nonzeros
    for index in elements.indices {
      guard Int.random(in: 0..<(elements.count - index), using: &numbers) < wanted else { continue }
      wanted -= 1
      let isSpecial = specials && Int.random(in: 0..<8, using: &numbers) == 0
      let bits = UInt32.random(in: 1...UInt32.max, using: &numbers)
      elements[index] = Float(
        bitPattern: isSpecial ? specialBits.dropFirst().randomElement(using: &numbers) ?? 1 : bits)
    }
    return Tensor(elements, shape: shape)
  }

  /// The same with at most `keeping` of every `size` input channels.
  func projected(keeping: Int, of size: Int, _ numbers: inout Numbers) -> Tensor {
    let positions = count / (shape[0] * shape[1])
    var elements = self.elements
    for output in 0..<shape[0] {
      for input in stride(from: 0, to: shape[1], by: size) {
        for position in 0..<positions {
          for member in (0..<size).shuffled(using: &numbers).dropFirst(keeping) {
            elements[(output * shape[1] + input + member) * positions + position] = 0
          }
        }
      }
    }
    return Tensor(elements, shape: shape)
  }
}

/// A compact file with this header and body, whose digests are right.
func sealed(header: Data, body: Data, version: Int = 1) -> Data {
  Data(CompactFile.mark) + SafetensorsFile.littleEndianBytes(of: [version, header.count])
    + Data(SHA256Digest(of: header).bytes) + header + body
}

/// A file of one tensor 'a' with `fields` in its entry beside offsets and digest.
func sealed(_ fields: String, payload: [UInt8], type: String = "F32") -> Data {
  let entry =
    "{\"name\":\"a\",\"dtype\":\"\(type)\",\(fields),\"offsets\":[0,\(payload.count)],"
    + "\"sha256\":\"\(SHA256Digest(of: payload))\"}"
  return sealed(header: Data("{\"metadata\":{},\"tensors\":[\(entry)]}".utf8), body: Data(payload))
}

/// Reads a file's bytes to the end.
func contents(_ data: Data) throws(WeightsError) -> SafetensorsFile {
  try CompactFile(data, path: "a.pdpc").contents(path: "a.pdpc")
}

/// What is wrong with a file; nil if it is read.
func fault(_ data: Data) -> String? {
  do throws(WeightsError) {
    _ = try contents(data)
    return nil
  } catch {
    let (start, end) = ("weights file 'a.pdpc' is not a whole compact file: ", "; export or copy it again")
    let text = error.description
    guard text.hasPrefix(start), text.hasSuffix(end) else { return text }
    return String(text.dropFirst(start.count).dropLast(end.count))
  }
}
