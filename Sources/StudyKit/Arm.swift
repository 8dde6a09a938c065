/// One configuration under test, run once with every seed.
///
/// What an arm does not say is as its profile and recipe say. An arm that trains longer than another, or starts from
/// trained weights, is not compared with it: the report says what differs in place of a verdict.
public struct Arm: Codable, Equatable, Sendable {
  public var name: String
  public var method: Method
  /// Pattern and share of the pruned weights; nil for the dense network.
  public var structure: Structure?
  /// Name of the arm whose trained weights this one starts from, those of the same replicate; nil for new weights.
  public var start: String?
  /// Length of training; nil for the profile's.
  public var epochs: Length?
  /// Replaces the profile's schedule; nil to keep it.
  public var schedule: Schedule?
  /// Replaces the recipe's budget; nil to keep it.
  public var budget: Recipe.Budget?
  /// How a method whose sparsity is an outcome is brought to its target; nil to take what comes.
  public var search: Search?
  /// Learning from another arm's network, with texts only; nil for the labels alone.
  public var distillation: Distillation?
  /// Profiles that the arm is part of; nil for all.
  public var profiles: [ProfileName]?
  /// Line of the study file.
  public var line: Int

  /// An arm called `name`, in every profile unless `profiles` names some.
  public init(
    _ name: String, _ method: Method, _ structure: Structure? = nil, from start: String? = nil,
    epochs: Length? = nil, schedule: Schedule? = nil, budget: Recipe.Budget? = nil, search: Search? = nil,
    distilling distillation: Distillation? = nil, in profiles: [ProfileName]? = nil, line: Int = #line
  ) {
    self.name = name
    self.method = method
    self.structure = structure
    self.start = start
    self.epochs = epochs
    self.schedule = schedule
    self.budget = budget
    self.search = search
    self.distillation = distillation
    self.profiles = profiles
    self.line = line
  }

  /// Length of an arm's training in terms of its profile's, so that it means the same at every scale.
  public enum Length: Codable, Equatable, Sendable {
    /// The profile's epochs times `factor`, rounded to whole epochs, at least one.
    case times(_ factor: Double)
  }
}
