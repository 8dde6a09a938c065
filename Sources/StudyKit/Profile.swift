/// What one scale of the study means: which data, how large a network, how long.
public struct Profile: Codable, Equatable, Sendable {
  public var name: ProfileName
  public var data: DataSource
  public var model: ModelSize
  public var epochs: Int
  public var schedule: Schedule
  /// Number of seeds; every arm is run once with each.
  public var replicates: Int
  /// Epochs from one evaluation to the next; the last epoch is always evaluated.
  public var evaluateEvery: Int
  /// Replaces the study's recipe; nil to keep it.
  public var recipe: Recipe?
  /// Line of the study file.
  public var line: Int

  public init(
    _ name: ProfileName, data: DataSource, model: ModelSize, epochs: Int, schedule: Schedule, replicates: Int,
    evaluateEvery: Int, recipe: Recipe? = nil, line: Int = #line
  ) {
    self.name = name
    self.data = data
    self.model = model
    self.epochs = epochs
    self.schedule = schedule
    self.replicates = replicates
    self.evaluateEvery = evaluateEvery
    self.recipe = recipe
    self.line = line
  }

  /// Size of the network and how its first layers treat the image, or the encoder that reads the text.
  public enum ModelSize: Codable, Equatable, Sendable {
    /// For 28x28 and 32x32 images: the first convolution has stride 1, and there is no max pooling.
    case smallImages(width: Double)
    /// For 224x224 images, as published.
    case imageNet(width: Double)
    /// A pre-trained BERT encoder by its name in the catalogue; with `layers`, the first so many of its layers.
    case encoder(String, layers: Int? = nil)
  }
}

/// Scale at which a study is run.
public enum ProfileName: String, Codable, Sendable {
  case smoke
  case quick
  case bench
  case paper
}
