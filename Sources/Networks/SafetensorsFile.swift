import Foundation
import Kernels

/// Named tensors and text metadata in the safetensors format: an 8-byte header length, a JSON header, raw elements.
package struct SafetensorsFile {
  package var tensors: [String: Tensor]
  /// Tensors of 64-bit integers, such as labels.
  package var integers: [String: (values: [Int], shape: Shape)]
  package var metadata: [String: String]

  package init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.integers = [:]
    self.metadata = metadata
  }

  /// Longest header that is read, as in the reference implementation.
  package static let headerLimit = 100_000_000
  package static let axisLimit = 32
  private static let metadataKey = "__metadata__"

  /// Reads a whole file, checking every size before it is used.
  package init(readingFrom url: URL) throws(WeightsError) {
    let path = url.relativePath
    let data: Data
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(data, path: path)
  }

  /// Reads the bytes of the file at `path`, checking every size before it is used.
  ///
  /// - Precondition: `data` is whole, no slice of other data.
  /// - Throws: `malformed`, `unsupportedType`.
  package init(_ data: Data, path: String) throws(WeightsError) {
    precondition(data.startIndex == 0, "SafetensorsFile: a slice that begins at \(data.startIndex)")
    func malformed(_ fault: String) -> WeightsError { .malformed(path: path, fault: fault) }
    guard data.count >= 8 else { throw malformed("it has \(data.count) bytes, expected at least 8") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(Self.headerLimit, data.count - 8)) else {
      throw malformed("its header is said to take \(length) bytes of \(data.count)")
    }
    let body = 8 + Int(length)
    let header: [String: Header]
    do { header = try JSONDecoder().decode([String: Header].self, from: data[8..<body]) } catch {
      throw malformed("its header is not the expected JSON object")
    }
    for (name, entry) in header where entry.isMetadata != (name == Self.metadataKey) {
      throw malformed("its header is not the expected JSON object")
    }
    guard SafetensorsKeys.areUnique(in: data[8..<body]) else { throw malformed("its header has a name twice") }
    self.init(tensors: [:])
    // Every claim of the header is checked before the first element is copied: what is allocated is in the file.
    var claims: [Claim] = []
    for (name, entry) in header.sorted(by: { $0.key < $1.key }) {
      switch entry {
      case .metadata(let metadata): self.metadata = metadata
      case .tensor(let type, let extents, let offsets):
        guard let element = ElementType(rawValue: type) else {
          throw .unsupportedType(path: path, tensor: name, type: type)
        }
        guard extents.count <= Self.axisLimit else {
          throw malformed("tensor '\(name)' has \(extents.count) axes, expected at most \(Self.axisLimit)")
        }
        guard
          offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= data.count - body,
          let count = Self.elementCount(of: extents), count == (offsets[1] - offsets[0]) / element.bytes,
          (offsets[1] - offsets[0]) % element.bytes == 0
        else {
          throw malformed("tensor '\(name)' of shape \(extents) has offsets \(offsets) in \(data.count - body) bytes")
        }
        claims.append(Claim(name: name, element: element, extents: extents, range: offsets[0]..<offsets[1]))
      }
    }
    claims.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (first, second) in zip(claims, claims.dropFirst()) where first.range.upperBound > second.range.lowerBound {
      throw malformed("tensors '\(first.name)' and '\(second.name)' overlap")
    }
    let taken = claims.reduce(0) { $0 + $1.range.count }
    guard taken == data.count - body else {
      throw malformed("its tensors take \(taken) of its \(data.count - body) bytes of elements")
    }
    for claim in claims {
      let bytes = data[(body + claim.range.lowerBound)..<(body + claim.range.upperBound)]
      switch claim.element {
      case .float: tensors[claim.name] = Tensor(littleEndian: bytes, shape: Shape(claim.extents))
      case .integer: integers[claim.name] = (Kernels.integers(littleEndian: bytes), Shape(claim.extents))
      }
    }
  }

  /// The file's bytes, integers first and each kind in order of names; equal contents give equal bytes.
  package func encoded() throws -> Data {
    var header: [String: Header] = [:]
    var body = Data()
    // First, so that they lie at multiples of 8 bytes.
    for (name, tensor) in integers.sorted(by: { $0.key < $1.key }) {
      let start = body.count
      body.append(Self.littleEndianBytes(of: tensor.values))
      header[name] = .tensor(type: "I64", extents: tensor.shape.extents, offsets: [start, body.count])
    }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = body.count
      body.append(tensor.littleEndianBytes)
      header[name] = .tensor(type: "F32", extents: tensor.shape.extents, offsets: [start, body.count])
    }
    if !metadata.isEmpty { header[Self.metadataKey] = .metadata(metadata) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = try encoder.encode(header)
    text.append(Data(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
    var file = Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
    file.append(text)
    file.append(body)
    return file
  }

  /// 64-bit integers as a file has them.
  package static func littleEndianBytes(of integers: [Int]) -> Data {
    Data(integers.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
  }

  /// What the header says of one tensor.
  private struct Claim {
    var name: String
    var element: ElementType
    var extents: [Int]
    /// Of its bytes behind the header.
    var range: Range<Int>
  }

  private enum ElementType: String {
    case float = "F32"
    case integer = "I64"

    var bytes: Int { self == .float ? 4 : 8 }
  }

  private enum Header: Codable {
    case metadata([String: String])
    case tensor(type: String, extents: [Int], offsets: [Int])

    var isMetadata: Bool {
      if case .metadata = self { true } else { false }
    }

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case extents = "shape"
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      if let metadata = try? decoder.singleValueContainer().decode([String: String].self) {
        self = .metadata(metadata)
        return
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self = .tensor(
        type: try container.decode(String.self, forKey: .type),
        extents: try container.decode([Int].self, forKey: .extents),
        offsets: try container.decode([Int].self, forKey: .offsets))
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let metadata):
        var container = encoder.singleValueContainer()
        try container.encode(metadata)
      case .tensor(let type, let extents, let offsets):
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(extents, forKey: .extents)
        try container.encode(offsets, forKey: .offsets)
      }
    }
  }

  /// Product of extents, nil if one is negative or the product overflows.
  package static func elementCount(of extents: [Int]) -> Int? {
    var count = 1
    for extent in extents {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else { return nil }
      count = product
    }
    return count
  }
}
