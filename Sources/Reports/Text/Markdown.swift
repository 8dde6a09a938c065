/// Pieces of GitHub-flavoured markdown.
enum Markdown {
  /// `text` on one line, with every character that markdown or HTML would read as a sign escaped.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in PlainText.neutralized(text) {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "|", "*", "_", "`", "[", "]", "~", "#": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result
  }

  /// `text` as code on one line, fit for a table's cell too.
  static func code(_ text: String) -> String {
    let plain = PlainText.neutralized(text).replacing("|", with: "\\|")
    guard plain.contains("`") else { return "`\(plain)`" }
    return "`` \(plain.replacing("``", with: "` `")) ``"
  }

  /// `source` as a link if it is a web address, as text otherwise.
  static func source(_ source: String) -> String {
    let isAddress = source.hasPrefix("https://") || source.hasPrefix("http://")
    let isPlain = source.unicodeScalars.allSatisfy {
      $0.value > 0x20 && $0.value < 0x7F && !"<>|\\`".contains(Character($0))
    }
    return isAddress && isPlain ? "<\(source)>" : escaped(source)
  }

  /// Table with a header; cells are markdown already.
  ///
  /// `numeric` columns are aligned to the right.
  static func table(_ header: [String], numeric: Set<Int>, rows: [[String]]) -> String {
    let rule = header.indices.map { numeric.contains($0) ? "---:" : "---" }
    return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}
