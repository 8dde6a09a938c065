import Foundation

/// What a workspace has of a data package that a case needs.
package enum DataPackage: Equatable, Sendable {
  /// Its files, fetched and verified.
  case folder(URL)
  /// `command` fetches it.
  case notFetched(command: String)
  /// No manifest of the workspace names it.
  case unknown
}

/// A case cannot be run before its data package is fetched.
struct MissingPackage: Error {
  let package: String
  let command: String
}
