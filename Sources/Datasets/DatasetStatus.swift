/// What the workspace has of one data set.
package struct DatasetStatus: Equatable, Sendable {
  package enum State: Equatable, Sendable {
    case fetched
    /// Names of the files that are not there.
    case missing([String])
    /// What is wrong with each file that is there but differs from the manifest.
    case corrupt([DatasetError])
    /// The user has to bring it.
    case userProvided
  }

  package var name: String
  package var title: String
  package var state: State
  /// On disk once fetched.
  package var bytes: Int
  package var licence: String

  package init(name: String, title: String, state: State, bytes: Int, licence: String) {
    self.name = name
    self.title = title
    self.state = state
    self.bytes = bytes
    self.licence = licence
  }
}
