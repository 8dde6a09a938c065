import ArgumentParser

/// Reads every file of the corpus in this process.
struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Check that the files of the corpus are read and refused as their names say.")

  func run() throws {
    let scratch = try Scratch()
    var count = 0
    for reader in FuzzReader.all {
      let read = try reader.make(scratch.url)
      for file in try Corpus(of: reader.name).files {
        count += 1
        do {
          try read(file.input)
          try require(file.isValid, "\(reader.name) reads '\(file.name)', which it should refuse")
        } catch let failure as ReaderFailure {
          throw failure
        } catch {
          try require(!file.isValid, "\(reader.name) refuses '\(file.name)': \(error)")
        }
      }
    }
    print("\(count) files as their names say")
  }
}
