import ArgumentParser

/// Gives every reader of files from outside inputs that are nearly right.
@main
struct FuzzReaders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz-readers",
    abstract: "Reads changed files with every reader; a reader may read or refuse them, and nothing else.",
    discussion: """
      A failure is a crash, two seconds of processor time over one input, memory beyond \(ReadCommand.memory >> 20) MB, \
      an error that is not the reader's own, or a value that contradicts itself.

      Example: fuzz-readers --reader png --inputs 1000000 --seed 7
      Example: fuzz-readers again png .build/fuzz-failures/png/colour@seed-7-number-12345
      """,
    subcommands: [HuntCommand.self, AgainCommand.self, CorpusCommand.self, ReadCommand.self],
    defaultSubcommand: HuntCommand.self)

  /// The reader called `name`.
  static func reader(_ name: String) throws -> FuzzReader {
    guard let reader = FuzzReader.named(name) else {
      throw ValidationError(
        "reader '\(name)' is unknown: expected all or one of \(FuzzReader.all.map(\.name).joined(separator: ", "))")
    }
    return reader
  }
}
