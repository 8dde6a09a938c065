/// A question about pruning, what is run to answer it, and how the answer is told.
///
/// A study file declares one global constant called `study` and nothing runs but this initialiser: everything is kept as
/// it was written, wrong values too, and the runner checks it.
public struct Study: Codable, Equatable, Sendable {
  /// Version of the wire form; raised when a field is added or changes its meaning.
  public static let schema = 3

  public var slug: String
  public var title: String
  public var question: String
  /// What result would count as yes, said before the first run.
  public var countsAsYes: String
  public var task: LearningTask
  /// Root of the seeds of all replicates; nil for one that follows from the slug.
  public var seed: UInt64?
  /// What every profile uses that declares no recipe of its own.
  public var recipe: Recipe
  public var profiles: [Profile]
  /// Prose, arms, tables, figures, claims and published numbers, in reading order.
  public var parts: [Part]

  public init(
    _ slug: String, title: String, question: String, countsAsYes: String, task: LearningTask, seed: UInt64? = nil,
    recipe: Recipe, profiles: [Profile], @StudyBuilder parts: () -> [Part]
  ) {
    self.slug = slug
    self.title = title
    self.question = question
    self.countsAsYes = countsAsYes
    self.task = task
    self.seed = seed
    self.recipe = recipe
    self.profiles = profiles
    self.parts = parts()
  }
}
