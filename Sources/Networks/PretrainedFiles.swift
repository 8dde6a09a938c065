import Foundation
import Kernels

/// The weights of a checkpoint's folder, from one safetensors file or from several that an index lists.
struct PretrainedFiles {
  /// Every tensor as its file names it, and the file.
  private(set) var tensors: [String: (file: String, tensor: Tensor)] = [:]
  /// Names of tensors that are not of single-precision numbers, such as buffers of positions.
  private(set) var integers: [String] = []

  static let single = "model.safetensors"
  static let index = "model.safetensors.index.json"
  /// Longest index that is read.
  private static let indexLimit = 16 << 20

  private struct Index: Decodable {
    var files: [String: String]

    enum CodingKeys: String, CodingKey {
      case files = "weight_map"
    }
  }

  /// - Throws: `noWeights`, `malformedIndex`; of each file, what `SafetensorsFile` throws, and `notFinite`.
  init(folder: URL) throws(WeightsError) {
    let isThere = { (name: String) in FileManager.default.fileExists(atPath: folder.appending(path: name).path) }
    if isThere(Self.single) {
      try add(Self.single, in: folder)
    } else if isThere(Self.index) {
      let index = try Self.readIndex(folder.appending(path: Self.index))
      for file in Set(index.values).sorted() { try add(file, in: folder, listed: index) }
      let missing = index.keys.filter { tensors[$0] == nil && !integers.contains($0) }.sorted()
      guard missing.isEmpty else {
        let first = missing[0]
        throw .malformedIndex(
          path: folder.appending(path: Self.index).relativePath,
          fault: "it lists '\(first)' in '\(index[first] ?? "")', which does not hold it")
      }
    } else {
      throw .noWeights(
        folder: folder.relativePath, other: ["pytorch_model.bin", "tf_model.h5"].first(where: isThere))
    }
  }

  private mutating func add(_ name: String, in folder: URL, listed index: [String: String]? = nil) throws(WeightsError)
  {
    let url = folder.appending(path: name)
    let file = try SafetensorsFile(readingFrom: url)
    let names = (Array(file.tensors.keys) + Array(file.integers.keys)).sorted()
    if let index, let stray = names.first(where: { index[$0] != name }) {
      throw .malformedIndex(
        path: folder.appending(path: Self.index).relativePath,
        fault: "'\(name)' holds '\(stray)', which it does not list there")
    }
    for (key, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
      let isFinite = tensor.withElements { elements in elements.indices.allSatisfy { elements[$0].isFinite } }
      guard isFinite else { throw .notFinite(path: url.relativePath, tensor: key) }
      tensors[key] = (name, tensor)
    }
    integers += file.integers.keys.sorted()
  }

  /// File of every tensor.
  private static func readIndex(_ url: URL) throws(WeightsError) -> [String: String] {
    func malformed(_ fault: String) -> WeightsError { .malformedIndex(path: url.relativePath, fault: fault) }
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      guard size <= indexLimit else { throw malformed("it has \(size) bytes, expected at most \(indexLimit)") }
      data = try Data(contentsOf: url)
    } catch let error as WeightsError {
      throw error
    } catch {
      throw .unreadable(path: url.relativePath, reason: error.localizedDescription)
    }
    guard let index = try? JSONDecoder().decode(Index.self, from: data), !index.files.isEmpty else {
      throw malformed("it is no JSON object with a 'weight_map' of names to files")
    }
    for file in index.files.values.sorted() where file.contains("/") || !file.hasSuffix(".safetensors") {
      throw malformed("it lists the file '\(file)', expected a safetensors file beside it")
    }
    return index.files
  }
}
