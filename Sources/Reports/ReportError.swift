/// What can go wrong while a report is made.
package enum ReportError: Error, Equatable, CustomStringConvertible {
  /// The drawing library refused a figure.
  case drawing(figure: String, reason: String)
  /// A file of the report, or its folder, cannot be written.
  case unwritable(path: String, reason: String)
  /// A file of the report is there and cannot be read.
  case unreadable(path: String, reason: String)
  /// A claim of the plan names an arm that the plan does not have.
  case unknownArm(name: String, claim: String, choices: [String])

  package var description: String {
    switch self {
    case .drawing(let figure, let reason):
      "figure '\(figure)' cannot be drawn: \(reason)"
    case .unwritable(let path, let reason):
      "report file '\(path)' cannot be written: \(reason); make the folder writable or choose another with --out"
    case .unreadable(let path, let reason):
      "report file '\(path)' cannot be read: \(reason); make it readable or remove it"
    case .unknownArm(let name, let claim, let choices):
      "arm '\(name)' of claim '\(claim)' is unknown: expected one of \(choices.joined(separator: ", ")); "
        + "plan the study again"
    }
  }
}
