import Datasets

/// Something wrong with the value that a study file declares.
package struct StudyFault: Equatable, Sendable, CustomStringConvertible {
  /// Line of the study file, where it is known.
  package var line: Int?
  package var problem: Problem

  package enum Problem: Equatable, Sendable {
    case slugForm(String)
    case slugIsNotFileName(slug: String, file: String)
    case emptyText(field: String)
    case noArms
    case noProfiles
    case duplicateProfile(String, firstLine: Int)
    case armName(String)
    case duplicateArm(String, firstLine: Int)
    case denseIsPruned(arm: String)
    case structureMissing(arm: String, method: String)
    case noProfileOfArm(String)
    case undeclaredProfile(arm: String, profile: String, declared: [String])
    case sparsityAboveCap(arm: String, sparsity: Double, cap: Double, profile: String)
    case outOfRange(owner: String, field: String, value: String, expected: String)
    case scheduleTooLong(owner: String, warmup: Double, ramp: Double, epochs: Int)
    case learningRateWarmupTooLong(owner: String, warmup: Double, epochs: Int)
    case nesterovWithoutMomentum(owner: String)
    case unknownArm(claim: String, arm: String, available: [String])
    case claimAgainstItself(claim: String, arm: String)
    case duplicateName(kind: String, name: String, firstLine: Int)
    case denseHasSetting(arm: String, setting: String)
    case structureOfMethod(arm: String, method: String, structure: String, expected: [String])
    case sparsityBelowFloor(arm: String, sparsity: Double, floor: Double, profile: String)
    case erkOfChannels(arm: String, profile: String)
    case budgetWithoutSay(arm: String, settings: [String], decider: String, profile: String)
    case searchOfTarget(arm: String, method: String)
    case rewindTooLate(arm: String, profile: String, rewind: Double, epochs: Int)
    case unknownSource(owner: String, relation: ArmRelation, source: String, available: [String])
    case ownSource(arm: String, relation: ArmRelation)
    case sourceElsewhere(arm: String, relation: ArmRelation, source: String, profile: String)
    case sourceCircle(arms: [String], profile: String)
    case budgetOfDense(arm: String, source: String)
    case notForTask(owner: String, field: String, task: String, expected: String)
    case methodNotForTask(arm: String, method: String, task: String)
    case budgetOfOtherUnit(arm: String, source: String)
  }

  /// How one arm depends on another.
  package enum ArmRelation: String, Equatable, Sendable {
    case start = "starts from"
    case budget = "takes its budget from"
    case teacher = "learns from"
  }

  package init(line: Int?, _ problem: Problem) {
    self.line = line
    self.problem = problem
  }

  package var description: String {
    guard let line else { return problem.description }
    return "line \(line): \(problem)"
  }
}

extension StudyFault.Problem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .slugForm(let slug):
      "slug '\(printable(slug))' is not a name: expected small letters, digits and hyphens"
    case .slugIsNotFileName(let slug, let file):
      "slug '\(slug)' differs from the file's name '\(file)': expected the same; rename one of them"
    case .emptyText(let field): "the study's \(field) is empty: expected a text"
    case .noArms: "the study has no arm: expected at least one Arm"
    case .noProfiles: "the study has no profile: expected at least one of smoke, quick, bench, paper"
    case .duplicateProfile(let name, let first):
      "profile '\(name)' is declared twice, first at line \(first): expected it once; merge them"
    case .armName(let name):
      "arm '\(printable(name))' is not named well: expected letters, digits, '.', '-' and '_'"
    case .duplicateArm(let name, let first):
      "arm '\(name)' is declared twice, first at line \(first): expected different names; rename one"
    case .denseIsPruned(let arm):
      "arm '\(arm)' prunes with method 'dense': expected no structure; leave it out or choose another method"
    case .structureMissing(let arm, let method):
      "arm '\(arm)' with method '\(method)' does not say how much to prune: expected a structure such as "
        + ".unstructured(0.9); add it"
    case .noProfileOfArm(let arm):
      "arm '\(arm)' is in no profile: expected at least one after 'in:'; leave 'in:' out for all"
    case .undeclaredProfile(let arm, let profile, let declared):
      "arm '\(arm)' is in profile '\(profile)', which the study does not declare: expected one of "
        + declared.joined(separator: ", ")
    case .sparsityAboveCap(let arm, let sparsity, let cap, let profile):
      "arm '\(arm)' has sparsity \(sparsity), which profile '\(profile)' cannot reach with a cap of \(cap) a layer: "
        + "expected a sparsity up to the cap; raise the cap or lower the sparsity"
    case .outOfRange(let owner, let field, let value, let expected):
      "\(owner) has \(field) \(value): expected \(expected)"
    case .scheduleTooLong(let owner, let warmup, let ramp, let epochs):
      "\(owner) would end below its target: its warm-up of \(warmup) and ramp of \(ramp) epochs leave "
        + "nothing of its \(epochs) epochs; shorten them or train longer"
    case .learningRateWarmupTooLong(let owner, let warmup, let epochs):
      "\(owner) would never reach its learning rate: the rate's warm-up of \(warmup) epochs is longer than "
        + "its \(epochs) epochs; shorten it or train longer"
    case .nesterovWithoutMomentum(let owner):
      "\(owner) has Nesterov's method with momentum 0: expected a momentum above 0; raise it or turn nesterov off"
    case .unknownArm(let claim, let arm, let available):
      "claim '\(printable(claim))' names an unknown arm '\(printable(arm))'"
        + suggestion(for: arm, among: available)
    case .claimAgainstItself(let claim, let arm):
      "claim '\(printable(claim))' compares arm '\(arm)' with itself: expected two arms"
    case .duplicateName(let kind, let name, let first):
      "\(kind) '\(printable(name))' is declared twice, first at line \(first): expected different names; rename one"
    case .denseHasSetting(let arm, let setting):
      "arm '\(arm)' prunes nothing and has a \(setting): expected none; leave it out or choose another method"
    case .structureOfMethod(let arm, let method, let structure, let expected):
      "arm '\(arm)' prunes \(structure) with method '\(method)', which cannot: expected "
        + (expected.count > 1 ? "one of " : "") + expected.joined(separator: ", ")
        + "; change the structure or the method"
    case .sparsityBelowFloor(let arm, let sparsity, let floor, let profile):
      "arm '\(arm)' has sparsity \(sparsity), which profile '\(profile)' cannot keep with a floor of \(floor) a layer: "
        + "expected a sparsity from the floor on; lower the floor or raise the sparsity"
    case .erkOfChannels(let arm, let profile):
      "arm '\(arm)' prunes channels with the ERK budget of profile '\(profile)', which shares out weights: expected a "
        + "global or uniform budget; give the arm one with 'budget:'"
    case .budgetWithoutSay(let arm, let settings, let decider, let profile):
      "arm '\(arm)' has \(settings.joined(separator: ", ")) at profile '\(profile)', but \(decider) what each layer loses: "
        + "expected only layers left dense; give the arm a budget without the rest with 'budget:'"
    case .searchOfTarget(let arm, let method):
      "arm '\(arm)' searches for a sparsity that method '\(method)' reaches by itself: expected no search; leave it out"
    case .rewindTooLate(let arm, let profile, let rewind, let epochs):
      "arm '\(arm)' returns to weights that profile '\(profile)' never has, those after \(rewind) of \(epochs) epochs: "
        + "expected a rewind before the end; rewind earlier"
    case .unknownSource(let owner, let relation, let source, let available):
      "\(owner) \(relation.rawValue) an unknown arm '\(printable(source))'" + suggestion(for: source, among: available)
    case .ownSource(let arm, let relation):
      "arm '\(arm)' \(relation.rawValue) itself: expected another arm"
    case .sourceElsewhere(let arm, let relation, let source, let profile):
      "arm '\(arm)' \(relation.rawValue) arm '\(source)', which is not in profile '\(profile)': expected an arm of the "
        + "same profiles; change what follows 'in:'"
    case .sourceCircle(let arms, let profile):
      "arms need one another in a circle at profile '\(profile)', \(arms.joined(separator: " -> ")): expected one that "
        + "needs none of the others"
    case .budgetOfDense(let arm, let source):
      "arm '\(arm)' takes its budget from arm '\(source)', which prunes nothing: expected an arm that prunes"
    case .notForTask(let owner, let field, let task, let expected):
      "\(owner) has \(field), but the study's networks read \(task): expected \(expected)"
    case .methodNotForTask(let arm, let method, let task):
      "arm '\(arm)' prunes with method '\(method)', which has no meaning for networks that read \(task): expected another "
        + "method"
    case .budgetOfOtherUnit(let arm, let source):
      "arm '\(arm)' takes its budget from arm '\(source)', and only one of them prunes channels: expected two that prune "
        + "the same"
    }
  }
}

/// The nearest valid name, or all of them, as the end of a message.
func suggestion(for name: String, among available: [String]) -> String {
  if available.isEmpty { return "; there is none" }
  if let nearest = nearestName(to: name, among: available) { return "; did you mean '\(nearest)'?" }
  return ": expected one of " + available.joined(separator: ", ")
}

/// `text` on one line, control characters replaced, so that a message cannot rewrite a terminal.
func printable(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
}
