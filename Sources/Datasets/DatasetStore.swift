import Digests
import Foundation

/// The data sets of a workspace, one folder each with its manifest.
package struct DatasetStore: Sendable {
  /// The folder `datasets`.
  package let root: URL

  package init(root: URL) {
    self.root = root
  }

  /// Names of all data sets, sorted.
  ///
  /// - Throws: `fileSystem` if the folder cannot be listed.
  package func names() throws(DatasetError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: root.path)
        .filter { FileManager.default.fileExists(atPath: manifestURL($0).path) }
        .sorted()
    } catch {
      throw .fileSystem(path: root.path, reason: reason(of: error))
    }
  }

  /// Manifest of a data set, which need not be fetched.
  ///
  /// - Throws: `unknownDataset`, `manifestUnreadable`, `manifestInvalid`.
  package func manifest(_ name: String) throws(DatasetError) -> Manifest {
    let known = try names()
    guard known.contains(name) else { throw .unknownDataset(name: name, known: known) }
    return try Manifest(contentsOf: manifestURL(name))
  }

  /// State of every data set, by name.
  ///
  /// - Cost: digests every file that is there.
  package func list() throws(DatasetError) -> [DatasetStatus] {
    var statuses: [DatasetStatus] = []
    for name in try names() { statuses.append(try status(name)) }
    return statuses
  }

  /// State of one data set.
  ///
  /// - Cost: digests every file that is there.
  package func status(_ name: String) throws(DatasetError) -> DatasetStatus {
    let manifest = try manifest(name)
    return DatasetStatus(
      name: name, title: manifest.title, state: state(of: manifest), bytes: manifest.bytes, licence: manifest.licence)
  }

  /// Checks the size and digest of every file of a data set.
  ///
  /// - Throws: `notFetched`, or `wrongSize` or `wrongDigest` for the first file that differs; `userProvided`.
  package func verify(_ name: String) throws(DatasetError) {
    let manifest = try manifest(name)
    switch state(of: manifest) {
    case .fetched: return
    case .missing(let files): throw .notFetched(dataset: name, files: files)
    case .corrupt(let faults): if let first = faults.first { throw first }
    case .userProvided: throw userProvided(manifest)
    }
  }

  /// Reads a fetched data set of images, after verifying the digests of its files.
  ///
  /// - Throws: as `verify`, `wrongKind` if it holds no images, and `malformedFile` if a file's content is not what the manifest says.
  /// - Cost: a few tenths of a second; the whole data set stays in memory as bytes.
  package func load(_ name: String) throws(DatasetError) -> ImageDataset {
    let manifest = try manifest(name)
    let content = try manifest.images()
    guard !manifest.isUserProvided else { throw userProvided(manifest) }
    let missing = missingFiles(of: manifest)
    guard missing.isEmpty else { throw .notFetched(dataset: name, files: missing) }
    let parts: [(images: Manifest.Role, labels: Manifest.Role, count: Int)] =
      switch content.partition {
      case .official(let training, let test):
        [(.trainingImages, .trainingLabels, training), (.testImages, .testLabels, test)]
      case .stratifiedFolds(let examples, _):
        [(.images, .labels, examples)]
      }
    var pixels: [UInt8] = []
    var labels: [Int] = []
    for part in parts {
      let shape = IDX.shape(of: content.shape, count: part.count)
      let images = try read(part.images, of: manifest, shape: shape)
      pixels = pixels.isEmpty ? images : pixels + images
      labels += try readLabels(part.labels, of: manifest, count: part.count, classes: content.classCount)
    }
    return ImageDataset(
      name: name, fingerprint: manifest.fingerprint, shape: content.shape, classes: content.classes,
      partition: content.partition, pixels: pixels, labels: labels)
  }

  /// The folder of a fetched data set, after verifying the digests of its files.
  ///
  /// - Throws: as `verify`.
  package func folder(_ name: String) throws(DatasetError) -> URL {
    try verify(name)
    return root.appending(path: name, directoryHint: .isDirectory)
  }

  /// Name of the data set that a package brings, such as a wheel's; the first by name, nil if there is none.
  ///
  /// - Throws: `manifestUnreadable`, `manifestInvalid`, `fileSystem`.
  package func name(ofPackage package: String) throws(DatasetError) -> String? {
    for name in try names() where try manifest(name).package == package { return name }
    return nil
  }

  private func read(_ role: Manifest.Role, of manifest: Manifest, shape: [Int]) throws(DatasetError) -> [UInt8] {
    guard let file = manifest.files.first(where: { $0.role == role }) else {
      preconditionFailure("DatasetStore.read: a valid manifest has no file of role \(role)")
    }
    let data = try verifiedData(of: file, of: manifest)
    do throws(FileFault) {
      return try IDX.read(data, isCompressed: file.name.hasSuffix(".gz"), shape: shape)
    } catch {
      throw .malformedFile(file: url(of: file, of: manifest).path, fault: error)
    }
  }

  private func readLabels(
    _ role: Manifest.Role, of manifest: Manifest, count: Int, classes: Int
  ) throws(DatasetError) -> [Int] {
    let labels = try read(role, of: manifest, shape: [count]).map { Int($0) }
    if let position = labels.firstIndex(where: { $0 >= classes }) {
      let fault = FileFault.labelOutOfRange(position: position, label: labels[position], classes: classes)
      let file = manifest.files.first { $0.role == role }
      throw .malformedFile(file: file.map { url(of: $0, of: manifest).path } ?? manifest.name, fault: fault)
    }
    return labels
  }
}

extension DatasetStore {
  func manifestURL(_ name: String) -> URL { root.appending(path: name).appending(path: "manifest.json") }

  func url(of file: Manifest.File, of manifest: Manifest) -> URL {
    root.appending(path: manifest.name).appending(path: file.name)
  }

  func userProvided(_ manifest: Manifest) -> DatasetError {
    guard case .user(let layout) = manifest.origin else {
      preconditionFailure("DatasetStore.userProvided: '\(manifest.name)' is fetched by package name")
    }
    if case .encoder = manifest.content {
      return .userFilesMissing(
        dataset: manifest.name, files: missingEncoderFiles(of: manifest),
        folder: root.appending(path: manifest.name).path(percentEncoded: false), layout: layout)
    }
    guard let reader = glueReader(manifest) else { return .userProvided(dataset: manifest.name, layout: layout) }
    return .userFilesMissing(
      dataset: manifest.name, files: reader.missingFiles, folder: reader.root.path,
      layout: layout)
  }

  func state(of manifest: Manifest) -> DatasetStatus.State {
    if manifest.isUserProvided { return stateOfUserFiles(manifest) }
    let missing = missingFiles(of: manifest)
    var faults: [DatasetError] = []
    for file in manifest.files where !missing.contains(file.name) {
      do throws(DatasetError) {
        _ = try verifiedData(of: file, of: manifest)
      } catch {
        faults.append(error)
      }
    }
    if !faults.isEmpty { return .corrupt(faults) }
    return missing.isEmpty ? .fetched : .missing(missing)
  }

  /// What a user brings counts as there once every file can be read.
  private func stateOfUserFiles(_ manifest: Manifest) -> DatasetStatus.State {
    if case .encoder = manifest.content {
      return missingEncoderFiles(of: manifest).isEmpty ? .fetched : .userProvided
    }
    do throws(DatasetError) {
      guard let reader = glueReader(manifest), reader.missingFiles.isEmpty else { return .userProvided }
      _ = try reader.read()
      return .fetched
    } catch {
      return .corrupt([error])
    }
  }

  func missingFiles(of manifest: Manifest) -> [String] {
    manifest.files.map(\.name).filter {
      !FileManager.default.fileExists(atPath: root.appending(path: manifest.name).appending(path: $0).path)
    }
  }

  func verifiedData(of file: Manifest.File, of manifest: Manifest) throws(DatasetError) -> Data {
    let blob = Manifest.Blob(path: file.name, bytes: file.bytes, sha256: file.sha256)
    return try verified(url(of: file, of: manifest), is: blob, dataset: manifest.name)
  }

  /// The bytes of a file, once its size and digest are those expected.
  func verified(_ url: URL, is blob: Manifest.Blob, dataset: String) throws(DatasetError) -> Data {
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      guard size == blob.bytes else {
        throw DatasetError.wrongSize(dataset: dataset, file: url.path, expected: blob.bytes, actual: size)
      }
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch let error as DatasetError {
      throw error
    } catch {
      throw .fileSystem(path: url.path, reason: reason(of: error))
    }
    let digest = SHA256Digest(of: data).description
    guard digest == blob.sha256 else {
      throw .wrongDigest(dataset: dataset, file: url.path, expected: blob.sha256, actual: digest)
    }
    return data
  }
}
