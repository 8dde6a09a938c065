import Foundation

/// Images of a BIG-bench task file: JSON whose examples hold a base64 PNG and a score for each class.
package enum ImageTask {
  private struct File: Decodable {
    var examples: [Example]
  }

  private struct Example: Decodable {
    var input: String
    var scores: [String: Double]

    enum CodingKeys: String, CodingKey {
      case input
      case scores = "target_scores"
    }
  }

  /// Every image and label of a task file.
  ///
  /// - Shapes: `pixels` [N, C, H, W]; `labels` [N].
  /// - Throws: `malformedFile` for JSON or counts, `malformedImage` with the image's position for the rest; `interrupted`
  ///   if `progress` says to stop.
  package static func decode(
    _ data: Data, file: String, dataset: String, images: ImageContent, progress: (Int) -> Bool
  ) throws(DatasetError) -> (pixels: [UInt8], labels: [UInt8]) {
    let examples = try examples(in: data, file: file)
    let expected = images.partition.exampleCount
    guard examples.count == expected else {
      throw .malformedFile(
        file: file, fault: .wrongCount(of: "examples", expected: expected, actual: examples.count))
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(examples.count * images.shape.count)
    var labels: [UInt8] = []
    for (index, example) in examples.enumerated() {
      guard index % 500 != 0 || progress(index) else { throw .interrupted(dataset: dataset) }
      do throws(FileFault) {
        guard let png = Data(base64Encoded: example.input) else { throw FileFault.base64 }
        pixels += try PNG.decode(png, shape: images.shape)
        labels.append(try label(of: example, classes: images.classes))
      } catch {
        throw .malformedImage(file: file, index: index, fault: error)
      }
    }
    return (pixels, labels)
  }

  private static func examples(in data: Data, file: String) throws(DatasetError) -> [Example] {
    do {
      return try JSONDecoder().decode(File.self, from: data).examples
    } catch let error as DecodingError {
      throw .malformedFile(file: file, fault: .json(describe(error)))
    } catch {
      throw .malformedFile(file: file, fault: .json(reason(of: error)))
    }
  }

  private static func label(of example: Example, classes: [String]) throws(FileFault) -> UInt8 {
    let chosen = example.scores.filter { $0.value == 1 }.keys
    guard chosen.count == 1, let name = chosen.first, let label = classes.firstIndex(of: name), label < 256 else {
      throw .ambiguousLabel
    }
    return UInt8(label)
  }
}
