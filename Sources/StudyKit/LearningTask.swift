/// What the networks of a study learn to do.
public enum LearningTask: Codable, Equatable, Sendable {
  case imageClassification(Architecture)
  /// Classes or a score for sentences, or for pairs of them, by a pre-trained BERT encoder with a head for the data set's
  /// task; the encoder is the profile's, see `Profile.ModelSize.encoder`.
  case text(pooling: Pooling)

  /// What of the encoder's results the head reads.
  public enum Pooling: String, Codable, Sendable {
    /// The first position, by way of the encoder's own pooling layer, as BERT was published.
    case firstPosition = "first-position"
    /// The mean over all positions, padding excepted.
    case mean
  }

  /// Network architecture.
  public enum Architecture: String, Codable, Sendable {
    case mobileNetV1 = "mobilenet-v1"
    case mobileNetV2 = "mobilenet-v2"
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
  }
}
