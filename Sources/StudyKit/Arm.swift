/// One configuration under test, run once with every seed.
public struct Arm: Codable, Equatable, Sendable {
  public var name: String
  public var method: Method
  /// Pattern and share of the pruned weights; nil for the dense network.
  public var structure: Structure?
  /// Profiles that the arm is part of; nil for all.
  public var profiles: [ProfileName]?
  /// Line of the study file.
  public var line: Int

  /// An arm called `name`, in every profile unless `profiles` names some.
  public init(
    _ name: String, _ method: Method, _ structure: Structure? = nil, in profiles: [ProfileName]? = nil,
    line: Int = #line
  ) {
    self.name = name
    self.method = method
    self.structure = structure
    self.profiles = profiles
    self.line = line
  }
}

/// The pattern that pruned weights form, and how many they are.
public enum Structure: Codable, Equatable, Sendable {
  /// Any weights; `sparsity` is the fraction of all prunable weights removed.
  case unstructured(_ sparsity: Double)
}
