import Dispatch
import Foundation
import Planning
import Synchronization

/// Report of a study at one profile: markdown, figures, the figures' data, and a page with all of it.
package enum Report {
  /// The report's files: `report.md` first, then `report.html`, a PNG and a CSV a figure.
  ///
  /// The same data give the same bytes.
  ///
  /// - Throws: `ReportError.unknownArm`, `ReportError.drawing`.
  package static func render(_ data: ReportData) throws(ReportError) -> [ReportFile] {
    var kinds: [Plan.Figure] = []
    for case .figure(let kind) in data.plan.elements where !kinds.contains(kind) { kinds.append(kind) }
    if !data.latencies.isEmpty, !kinds.contains(.accuracyVersusLatency) { kinds.append(.accuracyVersusLatency) }
    let figures = try figures(kinds, of: data)
    let document = ReportDocument(data, figures: figures)
    let name = "\(data.plan.study.slug)-\(data.plan.profile.rawValue)"
    return [
      ReportFile(name: "report.md", bytes: Data(try document.markdown.utf8)),
      ReportFile(name: "report.html", bytes: Data(try HTMLPage(document, name: name).text.utf8)),
    ] + figures.flatMap(\.files)
  }

  /// The figures, drawn on all cores.
  private static func figures(_ kinds: [Plan.Figure], of data: ReportData) throws(ReportError) -> [RenderedFigure] {
    let drawn = Mutex<[Int: Result<RenderedFigure, ReportError>]>([:])
    DispatchQueue.concurrentPerform(iterations: kinds.count) { index in
      let outcome = Result { () throws(ReportError) in try RenderedFigure(kinds[index], of: data) }
      drawn.withLock { $0[index] = outcome }
    }
    var figures: [RenderedFigure] = []
    for (_, outcome) in drawn.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { figures.append(try outcome.get()) }
    return figures
  }

  /// Writes the report into `directory`, which is made if it is missing, and gives the URL of its `report.md`.
  ///
  /// A file appears under its name only when it is complete. Figures that an earlier report left there and this one
  /// does not have are removed.
  ///
  /// - Throws: `ReportError.unwritable`, and as `render`.
  @discardableResult
  package static func write(_ data: ReportData, to directory: URL) throws(ReportError) -> URL {
    let files = try render(data)
    try onDisk(directory) {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }
    for url in leftOvers(in: directory, beside: files) {
      try onDisk(url) { try FileManager.default.removeItem(at: url) }
    }
    // The document last: what it points at is there when it appears.
    for file in files.reversed() {
      let url = directory.appending(path: file.name)
      try onDisk(url) { try file.bytes.write(to: url, options: .atomic) }
    }
    return directory.appending(path: "report.md")
  }

  /// Figures in `directory` that an earlier report left there and `files` does not have.
  static func leftOvers(in directory: URL, beside files: [ReportFile]) -> [URL] {
    Plan.Figure.allCases.flatMap { ["\($0.rawValue).png", "\($0.rawValue).csv"] }
      .filter { name in !files.contains { $0.name == name } }.map { directory.appending(path: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func onDisk(_ url: URL, _ work: () throws -> Void) throws(ReportError) {
    do {
      try work()
    } catch {
      throw .unwritable(path: url.path, reason: reason(error, at: url))
    }
  }

  /// Why `url` cannot be written or read, from the system's error number where the error has one.
  ///
  /// Foundation has none for a folder below a file, which is looked for.
  static func reason(_ error: any Error, at url: URL) -> String {
    let cocoa = error as NSError
    let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError ?? cocoa
    if underlying.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(underlying.code))).lowercased() }
    var place = url
    while place.path != "/" {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) {
        if !isFolder.boolValue { return "'\(place.path)' is not a folder" }
        break
      }
      place = place.deletingLastPathComponent()
    }
    return cocoa.localizedDescription
  }
}
