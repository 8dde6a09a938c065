/// Which fields of a line hold an example, and what its last one may say.
struct TextColumns {
  var first: Field
  var second: Field?
  var target: Field
  var group: Field?

  struct Field: Equatable {
    var position: Int
    /// For errors.
    var name: String
  }

  /// Fields by number.
  init(first: Int, target: Int) {
    self.first = Field(position: first, name: "column \(first + 1)")
    self.target = Field(position: target, name: "column \(target + 1)")
  }

  /// Fields by the names in a file's first line.
  ///
  /// - Throws: `missingColumn`, `lineNotUTF8`.
  init(
    first: String, second: String?, target: String, group: String? = nil, in names: TabSeparatedText.Row
  ) throws(FileFault) {
    var found: [String] = []
    for field in 0..<names.count { found.append(trimmed(try names.text(field))) }
    func field(_ name: String) throws(FileFault) -> Field {
      guard let position = found.firstIndex(of: name) else { throw .missingColumn(name, found: found) }
      return Field(position: position, name: "'\(name)'")
    }
    self.first = try field(first)
    if let second { self.second = try field(second) }
    self.target = try field(target)
    if let group { self.group = try field(group) }
  }

  /// Fields that a line must have.
  var needed: Int { ([first, target] + [second, group].compactMap(\.self)).reduce(0) { max($0, $1.position + 1) } }
}

/// `text` without spaces at its ends.
func trimmed(_ text: String) -> String {
  String(text.trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed())
}
