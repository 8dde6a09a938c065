/// A number from the literature, shown beside the reproduction.
public struct Published: Codable, Equatable, Sendable {
  public var model: String
  public var dataset: String
  public var method: String
  /// Nil for a dense network.
  public var structure: Structure?
  public var metric: Metric
  /// In percent as published; correlations times 100.
  public var value: Double
  public var source: String
  public var note: String
  /// Line of the study file.
  public var line: Int

  /// `method` is a method's name in this workspace, such as `pdp` or `gmp`, where it is the same method, and the
  /// authors' name for it otherwise.
  public init(
    _ model: String, on dataset: String, _ method: String, _ structure: Structure? = nil, top1: Double, source: String,
    note: String = "", line: Int = #line
  ) {
    self.model = model
    self.dataset = dataset
    self.method = method
    self.structure = structure
    self.metric = .top1
    self.value = top1
    self.source = source
    self.note = note
    self.line = line
  }

  /// As above, for another metric than `top1`.
  public init(
    _ model: String, on dataset: String, _ method: String, _ structure: Structure? = nil, _ metric: Metric,
    _ value: Double, source: String, note: String = "", line: Int = #line
  ) {
    self.init(model, on: dataset, method, structure, top1: value, source: source, note: note, line: line)
    self.metric = metric
  }
}
