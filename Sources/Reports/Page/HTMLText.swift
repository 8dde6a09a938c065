/// Pieces of HTML.
enum HTMLText {
  /// `text` on one line, fit for an element's content and for an attribute in double quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in PlainText.neutralized(text) {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
    return result
  }

  /// Name of an anchor made of the letters and digits of `words`, unlike all of `taken`.
  static func anchor(_ words: String, unlike taken: Set<String>) -> String {
    let parts = words.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let name = parts.isEmpty ? "section" : parts.joined(separator: "-")
    guard taken.contains(name) else { return name }
    var number = 2
    while taken.contains("\(name)-\(number)") { number += 1 }
    return "\(name)-\(number)"
  }
}
