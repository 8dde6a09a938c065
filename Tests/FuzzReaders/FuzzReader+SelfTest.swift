import Foundation
import Glibc

extension FuzzReader {
  /// A reader that goes wrong in the way of its role as soon as its input is changed, to try the hunt itself.
  static let selfTest = FuzzReader(name: "self-test", tokens: ["token"]) { _ in
    { input in
      if input.bytes == Array("calm\n".utf8) { return }
      switch input.role {
      case "crash": raise(SIGILL)
      case "hang": while true {}
      case "memory":
        guard let taken = malloc(ReadCommand.memory + 1) else { throw ReaderFailure("no memory") }
        free(taken)
      case "contradiction": try require(input.bytes.isEmpty, "it contradicts itself")
      default: throw Refusal("changed")
      }
    }
  }
}
