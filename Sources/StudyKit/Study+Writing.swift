internal import Glibc

/// What a compiled study writes: the version of the form first, so that a reader can refuse one it does not know.
package struct StudyEnvelope: Codable, Equatable, Sendable {
  package var schema: Int
  package var study: Study

  package init(schema: Int = Study.schema, study: Study) {
    self.schema = schema
    self.study = study
  }
}

/// The file that a study was to be written to could not be written.
public struct StudyWritingError: Error, Equatable, CustomStringConvertible {
  public var path: String
  /// The system's error number.
  public var code: Int32

  public var description: String { "study output '\(path)' cannot be written: system error \(code)" }
}

extension Study {
  /// The study as the runner reads it.
  package var wireText: String {
    get throws { try CanonicalJSON.text(of: StudyEnvelope(study: self), nonFinite: .spelled) }
  }

  /// Writes the study to a new file.
  ///
  /// - Throws: `StudyWritingError` if the file exists or cannot be written.
  public func write(to path: String) throws {
    let text = try wireText
    guard let file = fopen(path, "wx") else { throw StudyWritingError(path: path, code: errno) }
    let status = fputs(text, file)
    guard fclose(file) == 0, status >= 0 else { throw StudyWritingError(path: path, code: errno) }
  }
}
