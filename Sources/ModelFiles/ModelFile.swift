import Foundation
import Networks

/// Formats that weights are exported in and read from.
package enum ModelFormat: String, CaseIterable, Sendable {
  /// Every element, under PyTorch's names.
  case safetensors
  /// `CompactFile`.
  case compact

  /// What the first bytes of a file say; whatever is not marked as compact is to be safetensors.
  package init(of data: Data) {
    self = data.starts(with: CompactFile.mark) ? .compact : .safetensors
  }
}

/// Weights in a file of either format.
package struct ModelFile {
  package let format: ModelFormat
  package let contents: SafetensorsFile

  /// Reads a whole file.
  ///
  /// - Throws: `WeightsError.unreadable`, and what the reader of its format throws.
  package init(readingFrom url: URL) throws(WeightsError) {
    let path = url.relativePath
    let data: Data
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    format = ModelFormat(of: data)
    contents =
      switch format {
      case .safetensors: try SafetensorsFile(data, path: path)
      case .compact: try CompactFile(data, path: path).contents(path: path)
      }
  }
}
