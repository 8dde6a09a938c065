import Networks

/// The network of a run, fully resolved: one that reads images, or one that reads text.
///
/// Each is written as its own configuration is, so that configurations written when there were only images are still
/// read, and keep their text.
package enum NetworkConfig: Equatable, Sendable {
  case images(ModelConfig)
  case text(TextModelConfig)

  /// Such as `mobilenet-v1` or `minilm-l6`.
  package var name: String {
    switch self {
    case .images(let model): model.architecture.rawValue
    case .text(let model): model.encoder
    }
  }

  /// The name with the size, such as `mobilenet-v1 x0.25` or `minilm-l6, 6 layers`.
  package var description: String {
    switch self {
    case .images(let model):
      "\(model.architecture.rawValue) x"
        + (model.width == model.width.rounded() ? "\(Int(model.width))" : "\(model.width)")
    case .text(let model):
      "\(model.encoder), \(model.network.encoder.layers) layer" + (model.network.encoder.layers == 1 ? "" : "s")
    }
  }

  /// Whether it is what publications call by its name: neither narrowed nor cut.
  package var isWhole: Bool {
    switch self {
    case .images(let model): model.width == 1
    case .text(let model): !model.isCut
    }
  }

  /// Names of the data sets besides the examples that the network needs: pre-trained weights.
  package var datasets: [String] {
    switch self {
    case .images: []
    case .text(let model): [model.encoder]
    }
  }
}

extension NetworkConfig: Codable {
  package init(from decoder: any Decoder) throws {
    // Only text networks start from an encoder.
    if try decoder.container(keyedBy: Keys.self).contains(.encoder) {
      self = .text(try TextModelConfig(from: decoder))
    } else {
      self = .images(try ModelConfig(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .images(let model): try model.encode(to: encoder)
    case .text(let model): try model.encode(to: encoder)
    }
  }

  private enum Keys: String, CodingKey { case encoder }
}
