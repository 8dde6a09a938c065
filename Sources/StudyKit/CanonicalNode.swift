/// One value of a JSON text under construction; containers are filled while the encoder still holds them.
final class CanonicalNode {
  private enum Kind {
    case scalar
    case array
    case object
  }

  private var kind = Kind.object
  private var scalar = ""
  private var elements: [CanonicalNode] = []
  private var members: [String: CanonicalNode] = [:]

  var count: Int { elements.count }

  func becomeScalar(_ text: String) {
    kind = .scalar
    scalar = text
  }

  func becomeArray() {
    kind = .array
  }

  func becomeObject() {
    kind = .object
  }

  func appended() -> CanonicalNode {
    let element = CanonicalNode()
    elements.append(element)
    return element
  }

  func member(_ key: String) -> CanonicalNode {
    let member = CanonicalNode()
    members[key] = member
    return member
  }

  func write(to text: inout String) {
    switch kind {
    case .scalar:
      text += scalar
    case .array:
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(to: &text)
      }
      text += "]"
    case .object:
      text += "{"
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { text += "," }
        text += quoted(member.key) + ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }
}

/// `text` as a JSON string: quotes, backslashes and control characters escaped, everything else as it is.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
