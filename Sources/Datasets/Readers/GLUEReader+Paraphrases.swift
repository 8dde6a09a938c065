/// GLUE's division of MRPC, made from Microsoft's file: those pairs whose numbers `dev_ids.tsv` lists are for development.
extension GLUEReader {
  static let paraphraseFile = "msr_paraphrase_train.txt"
  static let developmentIDs = "dev_ids.tsv"

  /// Whether the publisher's own file stands where GLUE's two files are made from it.
  var hasParaphraseFile: Bool { layout == .mrpc && exists(Self.paraphraseFile) }

  /// Training and development examples.
  ///
  /// - Throws: as `read`.
  func dividedParaphrases() throws(DatasetError) -> [TextFile] {
    let development = try withFaults(of: Self.developmentIDs) { (data) throws(FileFault) in
      var pairs: Set<[String]> = []
      try TabSeparatedText(data).forEachRow { (row) throws(FileFault) in
        guard row.count >= 2 else { throw .tooFewColumns(line: row.line, expected: 2, actual: row.count) }
        pairs.insert([trimmed(try row.text(0)), trimmed(try row.text(1))])
      }
      return pairs
    }
    // As many as there are examples: no line of this file is left out.
    let pairs = try withFaults(of: Self.paraphraseFile) { (data) throws(FileFault) in
      var columns: TextColumns?
      var pairs: [[String]] = []
      try TabSeparatedText(data).forEachRow { (row) throws(FileFault) in
        guard let columns, let second = columns.second else {
          columns = try TextColumns(first: "#1 ID", second: "#2 ID", target: "Quality", in: row)
          return
        }
        guard row.count >= columns.needed else {
          throw .tooFewColumns(line: row.line, expected: columns.needed, actual: row.count)
        }
        pairs.append([trimmed(try row.text(columns.first.position)), trimmed(try row.text(second.position))])
      }
      return pairs
    }
    let all = try read(Self.paraphraseFile)
    var (training, test) = (all, all)
    training.examples = zip(all.examples, pairs).filter { !development.contains($1) }.map(\.0)
    test.examples = zip(all.examples, pairs).filter { development.contains($1) }.map(\.0)
    return [training, test]
  }
}
