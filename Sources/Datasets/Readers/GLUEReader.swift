import Foundation

/// Reads one of GLUE's tasks from the official files that a user brings.
struct GLUEReader {
  /// Folder of the data set.
  let root: URL
  let layout: GLUELayout
  let content: TextContent

  /// How far a file's count may be from the published one, as a share: releases differ by a few lines.
  private static let tolerance = 0.01

  /// Files that have to be there and are not, as paths below the data set's folder.
  var missingFiles: [String] {
    let missing = layout.files.filter { !exists($0) }
    let instead = missing.isEmpty || !hasParaphraseFile ? missing : [Self.developmentIDs].filter { !exists($0) }
    return instead.map { "\(layout.folder)/\($0)" }
  }

  /// Examples of every part, as many of each as `partition` then says.
  ///
  /// - Throws: `malformedFile` with the first fault of a file, `fileSystem`.
  func read() throws(DatasetError) -> (examples: [TextExample], partition: TextPartition, remarks: [String]) {
    guard case .official(let training, let evaluations) = content.partition else {
      preconditionFailure("GLUEReader.read: a valid manifest has GLUE's own division")
    }
    let expected = [training] + evaluations.map(\.examples)
    var parts: [TextFile] = []
    var remarks: [String] = []
    if !layout.files.allSatisfy(exists), hasParaphraseFile {
      parts = try dividedParaphrases()
    } else {
      for file in layout.files {
        parts.append(try read(file))
        remarks += self.remarks(on: parts[parts.count - 1], file: file)
      }
    }
    for (index, part) in parts.enumerated() {
      guard abs(Double(part.examples.count - expected[index])) <= Self.tolerance * Double(expected[index]) else {
        let file = url(exists(layout.files[index]) ? layout.files[index] : Self.paraphraseFile).path
        throw .malformedFile(
          file: file, fault: .implausibleCount(published: expected[index], actual: part.examples.count))
      }
    }
    let counts = zip(evaluations, parts.dropFirst()).map {
      TextPartition.Part(name: $0.name, examples: $1.examples.count)
    }
    return (
      parts.flatMap(\.examples), .official(training: parts[0].examples.count, evaluations: counts), remarks
    )
  }

  func read(_ file: String) throws(DatasetError) -> TextFile {
    try withFaults(of: file) { (data) throws(FileFault) in try layout.examples(in: data, target: content.task.target) }
  }

  func withFaults<Result>(
    of file: String, _ body: (Data) throws(FileFault) -> Result
  ) throws(DatasetError) -> Result {
    let url = url(file)
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw .fileSystem(path: url.path, reason: reason(of: error))
    }
    do throws(FileFault) {
      return try body(data)
    } catch {
      throw .malformedFile(file: url.path, fault: error)
    }
  }

  private func remarks(on part: TextFile, file: String) -> [String] {
    var remarks: [String] = []
    if part.withoutLabel > 0 {
      remarks.append("\(layout.folder)/\(file): \(lines(part.withoutLabel)) left out, without a label")
    }
    if part.incomplete > 0 {
      remarks.append("\(layout.folder)/\(file): \(lines(part.incomplete)) left out, without a column or a text")
    }
    return remarks
  }

  private func lines(_ count: Int) -> String { count == 1 ? "1 line" : "\(count) lines" }

  private func url(_ file: String) -> URL { root.appending(path: layout.folder).appending(path: file) }

  func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: url(file).path) }
}
