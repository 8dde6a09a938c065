import Foundation

extension Report {
  /// What sets the files in `directory` apart from the report that `data` give, a difference a file at most, the
  /// document first; empty if every file is there with the same bytes and no figure of an earlier report is left.
  ///
  /// Nothing is written. Files that no report makes do not count.
  ///
  /// - Throws: `ReportError.unreadable` for a file that is there and cannot be read, and as `render`.
  package static func check(_ data: ReportData, in directory: URL) throws(ReportError) -> [ReportDifference] {
    let files = try render(data)
    var differences: [ReportDifference] = []
    for file in files {
      let url = directory.appending(path: file.name)
      guard FileManager.default.fileExists(atPath: url.path) else {
        differences.append(.missing(file: file.name))
        continue
      }
      if let difference = ReportDifference(file, found: try contents(of: url)) { differences.append(difference) }
    }
    return differences + leftOvers(in: directory, beside: files).map { .leftOver(file: $0.lastPathComponent) }
  }

  private static func contents(of url: URL) throws(ReportError) -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw .unreadable(path: url.path, reason: reason(error, at: url))
    }
  }
}
