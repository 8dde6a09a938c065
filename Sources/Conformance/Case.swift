import Foundation
import Kernels
import Networks

/// One conformance case: an operation, its inputs, and what must come out.
struct Case {
  let name: String
  let operation: String
  /// The case's attributes as JSON.
  let attributes: Data
  let relativeTolerance: Double
  let absoluteTolerance: Double
  let tensors: [String: Tensor]
  let integers: [String: [Int]]
  private let packages: DataPackages

  /// Reads `url`, a safetensors file with the case's description in its metadata.
  init(readingFrom url: URL, packages: DataPackages) throws {
    self.packages = packages
    let file = try SafetensorsFile(readingFrom: url)
    name = url.deletingPathExtension().lastPathComponent
    tensors = file.tensors
    integers = file.integers.mapValues(\.values)
    guard let operation = file.metadata["op"] else { throw ConformanceError.missingMetadata(case: name, key: "op") }
    self.operation = operation
    attributes = Data((file.metadata["attributes"] ?? "{}").utf8)
    relativeTolerance = try Self.number("rtol", in: file.metadata, of: name)
    absoluteTolerance = try Self.number("atol", in: file.metadata, of: name)
  }

  /// Input called `key`.
  func tensor(_ key: String) throws(ConformanceError) -> Tensor {
    guard let tensor = tensors[key] else { throw .missingTensor(case: name, key: key) }
    return tensor
  }

  /// The gradient at an output of `shape`.
  func upstream(of shape: Shape) throws(ConformanceError) -> Tensor {
    let upstream = try tensor("upstream")
    guard upstream.shape == shape else {
      throw .malformedInput(case: name, reason: "upstream has shape \(upstream.shape), expected \(shape)")
    }
    return upstream
  }

  /// Input of integers called `key`.
  func integer(_ key: String) throws(ConformanceError) -> [Int] {
    guard let values = integers[key] else { throw .missingTensor(case: name, key: key) }
    return values
  }

  /// Folder of a data package that the case names in its attributes.
  ///
  /// - Throws: `MissingPackage`, which makes the case a skipped one; `ConformanceError.unknownPackage`.
  func folder(ofPackage package: String) throws -> URL {
    try packages.folder(of: package, for: name)
  }

  /// The attributes as `type`.
  func decoded<Attributes: Decodable>(_ type: Attributes.Type) throws(ConformanceError) -> Attributes {
    do { return try JSONDecoder().decode(type, from: attributes) } catch {
      throw .malformedAttributes(case: name, operation: operation)
    }
  }

  /// Names of the tensors that are given, not expected.
  var inputNames: [String] { tensors.keys.filter { !$0.hasPrefix("expected.") && $0 != "upstream" }.sorted() }

  private static func number(_ key: String, in metadata: [String: String], of name: String) throws -> Double {
    guard let text = metadata[key] else { throw ConformanceError.missingMetadata(case: name, key: key) }
    guard let value = Double(text), value.isFinite, value >= 0 else {
      throw ConformanceError.malformedTolerance(case: name, key: key, value: text)
    }
    return value
  }
}
