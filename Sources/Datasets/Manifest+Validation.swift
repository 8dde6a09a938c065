import Foundation

extension Manifest {
  /// Manifest in a file.
  ///
  /// - Throws: `manifestUnreadable` if it is missing or no JSON of this shape, `manifestInvalid` with every fault found.
  init(contentsOf url: URL) throws(DatasetError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw .manifestUnreadable(path: url.path, reason: reason(of: error))
    }
    try self.init(data, path: url.path, folder: url.deletingLastPathComponent().lastPathComponent)
  }

  /// Manifest in the bytes of the file at `path`, whose data set lies in `folder`.
  ///
  /// - Throws: as `init(contentsOf:)`.
  package init(_ data: Data, path: String, folder: String) throws(DatasetError) {
    let manifest: Manifest
    do {
      manifest = try JSONDecoder().decode(Manifest.self, from: data)
    } catch let error as DecodingError {
      throw .manifestUnreadable(path: path, reason: describe(error))
    } catch {
      throw .manifestUnreadable(path: path, reason: reason(of: error))
    }
    let faults = manifest.faults(folder: folder)
    guard faults.isEmpty else { throw .manifestInvalid(path: path, faults: faults) }
    self = manifest
  }

  /// Every rule that this manifest breaks, bounds included: sizes are allocated by what it says.
  private func faults(folder: String) -> [String] {
    var faults: [String] = []
    func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
      if !holds { faults.append(rule()) }
    }
    require(schema == Self.schema, "'schema' is \(schema), expected \(Self.schema)")
    require(name == folder, "'name' is '\(name)', expected its folder '\(folder)'")
    require(Set(files.map(\.name)).count == files.count, "'files' has a name twice")
    for file in files {
      require(isPlainName(file.name), "file name '\(file.name)' is not a plain name")
      faults += blobFaults(Blob(path: file.name, bytes: file.bytes, sha256: file.sha256))
      if let member = file.member { require(isInside(member), "member '\(member)' is not a path inside an archive") }
    }
    switch origin {
    case .sourceDistribution(_, _, let archive, let member, let inner):
      faults += blobFaults(archive) + blobFaults(member)
      require(isPlainName(archive.path), "archive name '\(archive.path)' is not a plain name")
      require(isInside(member.path), "member '\(member.path)' is not a path inside an archive")
      if let inner {
        faults += blobFaults(inner)
        require(isInside(inner.path), "inner member '\(inner.path)' is not a path inside an archive")
      }
      require(kind != .encoder, "a source distribution must be of images or texts")
    case .wheel(_, _, let archive):
      faults += blobFaults(archive)
      require(isPlainName(archive.path), "archive name '\(archive.path)' is not a plain name")
      require(files.allSatisfy { $0.member != nil }, "a file of a wheel has no 'member'")
    case .debianPackage:
      require(files.allSatisfy { $0.member != nil }, "a file of a Debian package has no 'member'")
    case .user: break
    }
    switch content {
    case .images(let images): faults += imageFaults(images)
    case .text(let text): faults += textFaults(text)
    case .encoder(let sizes):
      faults += sizes.faults
      if !isUserProvided { faults += roleFaults([.weights, .vocabulary, .configuration]) }
    }
    return faults
  }

  private func imageFaults(_ images: ImageContent) -> [String] {
    var faults: [String] = []
    func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
      if !holds { faults.append(rule()) }
    }
    let sides = [images.shape.channels, images.shape.height, images.shape.width]
    require(sides.allSatisfy { (1...4096).contains($0) }, "'image' is \(sides), expected 1...4096 each")
    require((2...100_000).contains(images.classCount), "'classCount' is \(images.classCount), expected 2...100000")
    require(
      images.classes.count == images.classCount || (images.classes.isEmpty && isUserProvided),
      "'classes' has \(images.classes.count) names, expected \(images.classCount)"
    )
    require(Set(images.classes).count == images.classes.count, "'classes' has a name twice")
    if case .sourceDistribution = origin {
      if case .official = images.partition { faults.append("a source distribution must have a 'partition' in folds") }
      require(images.classCount <= 256, "'classCount' is \(images.classCount), expected at most 256 for byte labels")
      require([1, 3].contains(sides[0]), "'image' has \(sides[0]) channels, expected 1 or 3")
    }
    switch images.partition {
    case .official(let training, let test):
      require(
        [training, test].allSatisfy { (1...100_000_000).contains($0) },
        "'partition' has \(training) and \(test) examples, expected 1...100000000 each")
      faults += roleFaults([.trainingImages, .trainingLabels, .testImages, .testLabels])
    case .stratifiedFolds(let examples, let folds):
      require(
        (2...100).contains(folds) && (folds...100_000_000).contains(examples),
        "'partition' has \(examples) examples in \(folds) folds, expected 2...100 folds")
      faults += roleFaults([.images, .labels])
    }
    return faults
  }

  private func textFaults(_ text: TextContent) -> [String] {
    var faults: [String] = []
    func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
      if !holds { faults.append(rule()) }
    }
    switch text.task.target {
    case .classes(let names):
      require((2...1000).contains(names.count), "'classes' has \(names.count) names, expected 2...1000")
      require(Set(names).count == names.count, "'classes' has a name twice")
    case .score(let lowest, let highest):
      require(lowest < highest, "'score' is from \(lowest) to \(highest), expected a range")
    }
    require(!text.task.metrics.isEmpty, "'metrics' is empty, expected the headline first")
    require(Set(text.task.metrics).count == text.task.metrics.count, "'metrics' has a name twice")
    for metric in text.task.metrics where !text.task.allows(metric) {
      faults.append("metric '\(metric.rawValue)' does not fit the target")
    }
    require(
      text.source.isPair == text.task.isPair, "'isPair' is \(text.task.isPair), expected \(text.source.isPair)")
    faults += partitionFaults(text.partition)
    if let glue = text.source.glue {
      require(isUserProvided, "source '\(text.source.rawValue)' must be brought by the user")
      require(files.isEmpty, "'files' must be empty: no digest of what a user brings is known")
      require(
        glue.labels.count == text.task.classes.count,
        "'classes' has \(text.task.classes.count) names, expected \(glue.labels.count)")
      let parts = glue.files.count - 1
      if case .official(_, let evaluations) = text.partition, evaluations.count == parts {
      } else {
        faults.append("'partition' must be official with \(parts) evaluation part\(parts == 1 ? "" : "s")")
      }
    } else {
      require(!isUserProvided, "source '\(text.source.rawValue)' must come from a package")
      if case .official = text.partition { faults.append("a source distribution must have a 'partition' in folds") }
      if case .groupFolds = text.partition, text.source != .vitaminC {
        faults.append("source '\(text.source.rawValue)' has no groups")
      }
      faults += roleFaults([.examples])
    }
    return faults
  }

  private func partitionFaults(_ partition: TextPartition) -> [String] {
    let range = 1...100_000_000
    switch partition {
    case .official(let training, let evaluations):
      guard
        range.contains(training), evaluations.allSatisfy({ range.contains($0.examples) }),
        evaluations.first?.name == TextPartition.testName, Set(evaluations.map(\.name)).count == evaluations.count,
        evaluations.allSatisfy({ isPlainName($0.name) })
      else {
        return [
          "'partition' must have 1...\(range.upperBound) examples a part, the first evaluation called "
            + "'\(TextPartition.testName)' and no name twice"
        ]
      }
    case .stratifiedFolds(let examples, let folds):
      guard (2...100).contains(folds), examples >= folds, range.contains(examples) else {
        return ["'partition' has \(examples) examples in \(folds) folds, expected 2...100 folds"]
      }
    case .groupFolds(let examples, let groups, let folds):
      guard (2...100).contains(folds), groups >= folds, examples >= groups, range.contains(examples) else {
        return [
          "'partition' has \(examples) examples of \(groups) groups in \(folds) folds, expected 2...100 folds"
        ]
      }
    }
    return []
  }

  /// Whether there is one file of each role, unless the user brings them.
  private func roleFaults(_ needed: Set<Role>) -> [String] {
    guard !isUserProvided, files.count != needed.count || Set(files.map(\.role)) != needed else { return [] }
    return ["'files' must have one file of each role: \(needed.map(\.rawValue).sorted().joined(separator: ", "))"]
  }

  private func blobFaults(_ blob: Blob) -> [String] {
    var faults: [String] = []
    if !(1...(1 << 40)).contains(blob.bytes) {
      faults.append("size of '\(blob.path)' is \(blob.bytes), expected 1...\(1 << 40) bytes")
    }
    if blob.sha256.utf8.count != 64 || !blob.sha256.utf8.allSatisfy(isLowerHexadecimal) {
      faults.append("'sha256' of '\(blob.path)' is '\(blob.sha256)', expected 64 lower-case hexadecimal digits")
    }
    return faults
  }
}

private func isLowerHexadecimal(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

/// Whether `name` stays in the folder that it is appended to.
private func isPlainName(_ name: String) -> Bool {
  !name.isEmpty && !name.hasPrefix(".") && !name.hasPrefix("-") && !name.contains("/")
    && !name.unicodeScalars.contains { $0.value < 32 }
}

/// Whether `path` is relative and never goes up.
private func isInside(_ path: String) -> Bool {
  path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isPlainName(String($0)) }
}

/// A decoding error in one line, with the path of the key.
func describe(_ error: DecodingError) -> String {
  func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
    (context.codingPath + (key.map { [$0] } ?? [])).reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }
  switch error {
  case .keyNotFound(let key, let context): return "key '\(path(context, key))' is missing"
  case .valueNotFound(_, let context): return "key '\(path(context))' is null"
  case .typeMismatch(let type, let context): return "key '\(path(context))' is not of type \(type)"
  case .dataCorrupted(let context):
    return context.codingPath.isEmpty ? "it is not JSON" : "key '\(path(context))' has an unknown value"
  @unknown default: return "it cannot be decoded"
  }
}

/// The file system's reason in one line.
func reason(of error: any Error) -> String {
  if let posix = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError {
    return String(cString: strerror(posix.code.rawValue))
  }
  return (error as NSError).localizedDescription
}
