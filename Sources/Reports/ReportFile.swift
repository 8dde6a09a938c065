import Foundation

/// One file of a report.
package struct ReportFile: Equatable, Sendable {
  /// Name in the report's folder.
  package var name: String
  package var bytes: Data
}
