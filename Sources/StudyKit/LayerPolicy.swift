/// Which special layers are pruned like the rest; all others with convolution or linear weights are.
public struct LayerPolicy: Codable, Equatable, Sendable {
  /// The first convolution.
  public var stem: Treatment
  /// Depthwise convolutions.
  public var depthwise: Treatment
  /// The last linear layer.
  public var classifier: Treatment

  public static let everyLayer = LayerPolicy(stem: .pruned, depthwise: .pruned, classifier: .pruned)

  /// Of an encoder the linear maps inside its layers; embeddings, pooling layer and head stay as they are.
  public static let encoderOnly = LayerPolicy(stem: .dense, depthwise: .dense, classifier: .dense)

  public init(stem: Treatment, depthwise: Treatment, classifier: Treatment) {
    self.stem = stem
    self.depthwise = depthwise
    self.classifier = classifier
  }

  public enum Treatment: String, Codable, Sendable {
    case pruned
    case dense
  }
}
