import StudyKit

/// A study file as it was read: its bytes' digest and the value that it evaluates to, checked.
package struct StudyDocument: Equatable, Sendable {
  package var study: Study
  /// Path of the study file relative to the workspace, or absolute if it lies elsewhere.
  package var sourcePath: String
  /// SHA-256 of the study file's bytes.
  package var sourceDigest: String
  /// What the user should know though the study is usable, such as a cache entry that was broken; a line each.
  package var warnings: [String]

  package init(study: Study, sourcePath: String, sourceDigest: String, warnings: [String]) {
    self.study = study
    self.sourcePath = sourcePath
    self.sourceDigest = sourceDigest
    self.warnings = warnings
  }

  /// Profiles that the study declares, in its order.
  package var profiles: [Profile] { study.profiles.map { Profile($0.name) } }
}

extension Profile {
  init(_ name: ProfileName) {
    switch name {
    case .smoke: self = .smoke
    case .quick: self = .quick
    case .bench: self = .bench
    case .paper: self = .paper
    }
  }
}
