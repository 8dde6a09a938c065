import ArgumentParser
import Foundation

/// Reads one file in this process, to look at a failure.
struct AgainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "again", abstract: "Read one saved input in this process, and say what came of it.")

  @Argument(help: "Name of the reader.")
  var reader: String
  @Argument(help: "File of an input, under the name that it was saved with.")
  var file: String
  @Option(help: "How often to read it; memory that keeps growing is a leak.")
  var times = 1

  func run() throws {
    let scratch = try Scratch()
    let read = try FuzzReaders.reader(reader).make(scratch.url)
    let input = try Corpus.file(URL(filePath: file)).input
    do {
      try read(input)
      print("read")
    } catch let failure as ReaderFailure {
      throw failure
    } catch {
      print("refused: \(error)")
    }
    guard times > 1 else { return }
    let before = ReadCommand.residentBytes
    for _ in 1..<times { _ = try? read(input) }
    print("\((ReadCommand.residentBytes - before) / times) bytes of memory kept each time")
  }
}
