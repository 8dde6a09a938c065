extension Recipe {
  /// How the network's sparsity is shared out over its layers: by a rule, with bounds for every layer and with what holds
  /// for single ones, as in `.global(cap: 0.98, .layer("classifier.*", .cap(0.9)))`.
  public struct Budget: Codable, Equatable, Sendable {
    public var rule: Rule
    /// Highest sparsity that a layer may get; the others are solved again so that the network's total is met.
    public var cap: Double
    /// Lowest sparsity of a layer.
    public var floor: Double
    /// What holds for layers whose name fits a pattern; the last fitting rule counts.
    public var layers: [LayerRule]

    public init(_ rule: Rule, cap: Double, floor: Double, layers: [LayerRule]) {
      self.rule = rule
      self.cap = cap
      self.floor = floor
      self.layers = layers
    }

    public enum Rule: Codable, Equatable, Sendable {
      /// See `Budget.global`.
      case global(isNormalized: Bool)
      /// See `Budget.uniform`.
      case uniform
      /// See `Budget.erk`.
      case erk
      /// See `Budget.transferred`.
      case transferred(from: String)
    }

    /// One magnitude ranking over all prunable weights, taken when pruning starts; with `isNormalized` each layer's
    /// magnitudes are first divided by their root mean square.
    public static func global(
      cap: Double, floor: Double = 0, isNormalized: Bool = false, _ layers: LayerRule...
    ) -> Budget {
      Budget(.global(isNormalized: isNormalized), cap: cap, floor: floor, layers: layers)
    }

    /// The same sparsity in every layer.
    public static func uniform(cap: Double, floor: Double = 0, _ layers: LayerRule...) -> Budget {
      Budget(.uniform, cap: cap, floor: floor, layers: layers)
    }

    /// A layer's density in proportion to the sum of its extents over their product (Erdős-Rényi kernel).
    ///
    /// Source: Evci et al. 2020, arXiv 1911.11134, section 3.
    public static func erk(cap: Double, floor: Double = 0, _ layers: LayerRule...) -> Budget {
      Budget(.erk, cap: cap, floor: floor, layers: layers)
    }

    /// The shares that the arm called `arm` ended with at the same replicate; it is run first.
    public static func transferred(
      from arm: String, cap: Double = 1, floor: Double = 0, _ layers: LayerRule...
    ) -> Budget {
      Budget(.transferred(from: arm), cap: cap, floor: floor, layers: layers)
    }

    /// What holds for the layers whose weight's name fits a pattern.
    public struct LayerRule: Codable, Equatable, Sendable {
      /// Name of a weight, such as `features.3.1.weight`, in which `*` stands for any characters.
      public var pattern: String
      public var treatment: Treatment

      public static func layer(_ pattern: String, _ treatment: Treatment) -> LayerRule {
        LayerRule(pattern: pattern, treatment: treatment)
      }

      public enum Treatment: Codable, Equatable, Sendable {
        /// Nothing of the layer is pruned.
        case dense
        /// The layer gets this sparsity, and the others are solved for the rest of the network's total.
        case sparsity(Double)
        case cap(Double)
        case floor(Double)
      }
    }
  }
}
