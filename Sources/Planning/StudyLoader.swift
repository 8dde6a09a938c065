import Digests
import Foundation
import StudyKit

/// Reads study files: compiles each against StudyKit, evaluates it in a confined process, and checks the value.
package struct StudyLoader {
  /// Largest study file read.
  private static let sizeLimit = 4 << 20

  private let workspace: URL
  private let cache: StudyCache
  private let compiler: StudyCompiler

  /// A loader for the studies of `workspace`, which keeps what it has evaluated below `cacheDirectory`.
  package init(
    workspace: URL, cacheDirectory: URL, toolchain: StudyToolchain, limits: StudyLimits = .standard
  ) {
    self.workspace = workspace.standardizedFileURL
    cache = StudyCache(directory: cacheDirectory)
    compiler = StudyCompiler(toolchain: toolchain, limits: limits, cacheDirectory: cacheDirectory)
  }

  /// Slugs of the studies in the workspace's `studies` folder, sorted.
  package var slugs: [String] {
    let files = FileManager.default.enumerator(
      at: workspace.appending(path: "studies"), includingPropertiesForKeys: nil,
      options: [.skipsSubdirectoryDescendants, .skipsHiddenFiles])
    let urls = files?.compactMap { $0 as? URL } ?? []
    return urls.filter { $0.pathExtension == "swift" }.map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }

  /// The study that `argument` names: a path from the current folder, or the slug of a file in `studies`.
  ///
  /// - Throws: `PlanningError`, which says what is wrong with the file, its program or its value.
  package func load(_ argument: String) throws(PlanningError) -> StudyDocument {
    let url = try location(of: argument)
    let path = displayPath(of: url)
    guard url.lastPathComponent != "main.swift" else { throw .reservedFileName(path: path) }
    let source = try Self.contents(of: url, path: path)
    let key = try compiler.cacheKey(source: source, url: url)
    var warnings: [String] = []
    let text: Data
    switch cache.entry(for: key) {
    case .found(let data): text = data
    case .broken(let entry):
      warnings.append("cache entry '\(entry)' is broken; the study was compiled again")
      text = try compiler.evaluate(source, url: url, path: path)
    case .missing:
      text = try compiler.evaluate(source, url: url, path: path)
    }
    let study = try Self.decoded(text, path: path)
    let faults = StudyValidation.faults(in: study, fileName: url.deletingPathExtension().lastPathComponent)
    guard faults.isEmpty else { throw .invalidStudy(path: path, faults: faults) }
    if let warning = cache.store(text, for: key) { warnings.append(warning) }
    return StudyDocument(
      study: study, sourcePath: path, sourceDigest: SHA256Digest(of: source).description, warnings: warnings)
  }

  private func location(of argument: String) throws(PlanningError) -> URL {
    if argument.contains("/") || argument.hasSuffix(".swift") {
      return URL(filePath: argument).standardizedFileURL
    }
    guard slugs.contains(argument) else { throw .unknownStudy(argument, available: slugs) }
    return workspace.appending(path: "studies/\(argument).swift").standardizedFileURL
  }

  /// The path relative to the workspace, or all of it if the file lies elsewhere.
  private func displayPath(of url: URL) -> String {
    let root = workspace.path.hasSuffix("/") ? workspace.path : workspace.path + "/"
    return url.path.hasPrefix(root) ? String(url.path.dropFirst(root.count)) : url.path
  }

  private static func contents(of url: URL, path: String) throws(PlanningError) -> Data {
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      let data = try file.read(upToCount: sizeLimit + 1) ?? Data()
      guard data.count <= sizeLimit else { throw PlanningError.studyTooLarge(path: path, limit: sizeLimit) }
      return data
    } catch let error as PlanningError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: reason(of: error))
    }
  }

  /// The study in what the program of the study file at `path` wrote.
  ///
  /// - Throws: `PlanningError.unknownStudySchema`, `.outputUnreadable`.
  package static func decoded(_ text: Data, path: String) throws(PlanningError) -> Study {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let schema = try decoder.decode(SchemaField.self, from: text).schema
      guard schema == Study.schema else {
        throw PlanningError.unknownStudySchema(path: path, found: schema, supported: Study.schema)
      }
      return try decoder.decode(StudyEnvelope.self, from: text).study
    } catch let error as PlanningError {
      throw error
    } catch {
      throw .outputUnreadable(path: path, reason: reason(of: error))
    }
  }
}
