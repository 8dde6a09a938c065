extension Manifest: Codable {
  private enum CodingKeys: String, CodingKey {
    case schema
    case name
    case title
    case note
    case licence
    case origin
    case kind
    case text
    case encoder
    case files
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    schema = try container.decode(Int.self, forKey: .schema)
    name = try container.decode(String.self, forKey: .name)
    title = try container.decode(String.self, forKey: .title)
    note = try container.decode(String.self, forKey: .note)
    licence = try container.decode(String.self, forKey: .licence)
    origin = try container.decode(Origin.self, forKey: .origin)
    switch try container.decodeIfPresent(Kind.self, forKey: .kind) ?? .images {
    // Beside the other keys, where manifests had them before there were kinds.
    case .images: content = .images(try ImageContent(from: decoder))
    case .text: content = .text(try container.decode(TextContent.self, forKey: .text))
    case .encoder: content = .encoder(try container.decode(EncoderContent.self, forKey: .encoder))
    }
    files = try container.decode([File].self, forKey: .files)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(name, forKey: .name)
    try container.encode(title, forKey: .title)
    try container.encode(note, forKey: .note)
    try container.encode(licence, forKey: .licence)
    try container.encode(origin, forKey: .origin)
    try container.encode(kind, forKey: .kind)
    switch content {
    case .images(let images): try images.encode(to: encoder)
    case .text(let text): try container.encode(text, forKey: .text)
    case .encoder(let sizes): try container.encode(sizes, forKey: .encoder)
    }
    try container.encode(files, forKey: .files)
  }
}
