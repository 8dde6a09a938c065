import Datasets

/// Something on the command line that makes no sense, as a whole message.
struct UsageError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  /// That there is no such thing as `name`, with the nearest that there is, and all of them.
  static func unknown(_ thing: String, _ name: String, among known: [String]) -> UsageError {
    let nearest = nearestName(to: name, among: known).map { "did you mean '\($0)'? " } ?? ""
    return UsageError(
      "\(thing) '\(Console.printable(name))' is unknown: \(nearest)expected one of \(known.joined(separator: ", "))")
  }
}
