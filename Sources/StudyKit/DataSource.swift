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
  /// Sentences of film reviews, positive or negative, in ten folds: what SST was built from, not SST itself.
  public static let movieSnippets = DataSource(named: "movie-snippets")
  /// The ratings behind `movieSnippets`, as numbers.
  public static let movieSnippetRatings = DataSource(named: "movie-snippets-ratings")
  /// Pairs of a claim and a passage, with three classes as in MNLI, in ten folds by page.
  public static let vitaminC = DataSource(named: "vitaminc")
  /// The official files of MNLI, which the user brings.
  public static let mnli = DataSource(named: "glue-mnli")
  /// The official files of QQP, which the user brings.
  public static let qqp = DataSource(named: "glue-qqp")

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
