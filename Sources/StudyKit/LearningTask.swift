/// What the networks of a study learn to do.
public enum LearningTask: Codable, Equatable, Sendable {
  case imageClassification(Architecture)

  /// Network architecture.
  public enum Architecture: String, Codable, Sendable {
    case mobileNetV1 = "mobilenet-v1"
    case mobileNetV2 = "mobilenet-v2"
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
  }
}
