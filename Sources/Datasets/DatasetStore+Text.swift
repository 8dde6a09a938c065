import Foundation

extension DatasetStore {
  /// Reads a data set of texts: one that is fetched after verifying the digests of its files, one that the user brings
  /// after checking every line and the counts.
  ///
  /// - Throws: as `verify`, `wrongKind` if it holds no texts, `malformedFile` with a file's first fault.
  /// - Cost: a few seconds for the largest; the whole data set stays in memory.
  package func loadText(_ name: String) throws(DatasetError) -> TextDataset {
    let manifest = try manifest(name)
    let content = try manifest.text()
    if let reader = glueReader(manifest) {
      guard reader.missingFiles.isEmpty else { throw userProvided(manifest) }
      let (examples, partition, remarks) = try reader.read()
      return TextDataset(
        name: name, fingerprint: manifest.fingerprint, task: content.task, examples: examples, partition: partition,
        remarks: remarks)
    }
    let missing = missingFiles(of: manifest)
    guard missing.isEmpty else { throw .notFetched(dataset: name, files: missing) }
    guard let file = manifest.files.first(where: { $0.role == .examples }) else {
      preconditionFailure("DatasetStore.loadText: a valid manifest has no file of role \(Manifest.Role.examples)")
    }
    let data = try verifiedData(of: file, of: manifest)
    do throws(FileFault) {
      let read = try ExamplesFile.read(data, content: content)
      return TextDataset(
        name: name, fingerprint: manifest.fingerprint, task: content.task, examples: read.examples,
        partition: content.partition, groups: try numbers(of: read.groups, content: content))
    } catch {
      throw .malformedFile(file: url(of: file, of: manifest).path, fault: error)
    }
  }

  /// Reader of files that a user brings; nil for other data sets.
  func glueReader(_ manifest: Manifest) -> GLUEReader? {
    guard manifest.isUserProvided, case .text(let content) = manifest.content, let layout = content.source.glue else {
      return nil
    }
    return GLUEReader(root: root.appending(path: manifest.name), layout: layout, content: content)
  }

  /// Numbers from 0, in order of appearance.
  private func numbers(of groups: [String], content: TextContent) throws(FileFault) -> [Int] {
    var known: [String: Int] = [:]
    let numbers = groups.map { group in
      let number = known[group] ?? known.count
      known[group] = number
      return number
    }
    if case .groupFolds(_, let expected, _) = content.partition, known.count != expected {
      throw .wrongCount(of: "groups", expected: expected, actual: known.count)
    }
    return numbers
  }
}
