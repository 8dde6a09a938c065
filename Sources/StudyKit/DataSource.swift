/// Data set by its name in the catalogue, whole or in part.
public struct DataSource: Codable, Equatable, Sendable {
  public var name: String
  /// Number of training examples used; nil for all.
  public var trainingLimit: Int?
  /// Number of examples that a run is evaluated on; nil for all.
  public var evaluationLimit: Int?

  public static let fashionMNIST = DataSource(named: "fashion-mnist")
  /// The 10,000 images of CIFAR-10's test set in five folds: not the official split.
  public static let cifar10Subset = DataSource(named: "cifar10-10k")
  public static let imageNet = DataSource(named: "imagenet")

  public init(named name: String) {
    self.name = name
  }

  /// The same data set, cut down.
  public func limited(training: Int, evaluation: Int) -> DataSource {
    var source = self
    source.trainingLimit = training
    source.evaluationLimit = evaluation
    return source
  }
}
