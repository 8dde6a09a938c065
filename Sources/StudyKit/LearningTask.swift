/// What the networks of a study learn to do.
public enum LearningTask: Codable, Equatable, Sendable {
  case imageClassification(Architecture)

  /// Network architecture.
  public enum Architecture: String, Codable, Sendable {
    case mobileNetV1 = "mobilenet-v1"
    case resNet18 = "resnet18"
  }
}
