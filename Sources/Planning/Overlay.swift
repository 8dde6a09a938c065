/// Virtual file system of the compiler: shows files under other paths.
struct Overlay: Encodable {
  var version = 0
  var roots: [Root]

  struct Root: Encodable {
    var name: String
    var type = "directory"
    var contents: [Entry]
  }

  struct Entry: Encodable {
    var name: String
    var type = "file"
    var externalContents: String

    enum CodingKeys: String, CodingKey {
      case name
      case type
      case externalContents = "external-contents"
    }
  }

  enum CodingKeys: String, CodingKey {
    case version
    case roots
    case useExternalNames = "use-external-names"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(false, forKey: .useExternalNames)
    try container.encode(roots, forKey: .roots)
  }
}
