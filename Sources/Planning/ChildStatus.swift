/// How a child process ended.
package enum ChildStatus: Equatable, Sendable, CustomStringConvertible {
  case exited(code: Int32)
  case killed(signal: Int32)
  case timedOut(seconds: Int)

  package var description: String {
    switch self {
    case .exited(let code): "ended with exit code \(code)"
    case .killed(let signal): "was killed by signal \(signal)"
    case .timedOut(let seconds): "was stopped after \(seconds) s"
    }
  }
}
