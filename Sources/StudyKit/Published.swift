/// A number from the literature, shown beside the reproduction.
public struct Published: Codable, Equatable, Sendable {
  public var model: String
  public var dataset: String
  public var method: String
  /// Nil for a dense network.
  public var structure: Structure?
  /// In percent as published.
  public var top1: Double
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
    self.top1 = top1
    self.source = source
    self.note = note
    self.line = line
  }
}
