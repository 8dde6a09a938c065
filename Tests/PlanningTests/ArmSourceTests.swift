import Planning
import StudyKit
import Testing

/// What may be wrong with what arms need of one another.
@Suite struct ArmSourceTests {
  private static let dense = Part.arm(Arm("dense", .dense, line: 20))

  private func faults(
    recipe change: (inout Recipe) -> Void = { _ in }, profiles: [StudyKit.Profile] = [Studies.quick], _ parts: Part...
  ) -> [String] {
    var recipe = Studies.recipe
    change(&recipe)
    let study = Studies.study(recipe: recipe, profiles: profiles, parts: [Self.dense] + parts)
    return StudyValidation.faults(in: study, fileName: "demo").map(\.description)
  }

  private static var smoke: StudyKit.Profile {
    var profile = Studies.quick
    profile.name = .smoke
    profile.line = 5
    return profile
  }

  @Test func sourcesOfArmsExistInTheSameProfiles() {
    #expect(
      faults(
        profiles: [Self.smoke, Studies.quick], .arm(Arm("a", .gmp, .unstructured(0.5), from: "dens", line: 30)),
        .arm(Arm("b", .gmp, .unstructured(0.5), from: "b", line: 31)),
        .arm(Arm("c", .gmp, .unstructured(0.5), budget: .transferred(from: "x"), line: 32)),
        .arm(Arm("d", .gmp, .unstructured(0.5), budget: .transferred(from: "d"), line: 33)),
        .arm(Arm("e", .gmp, .unstructured(0.5), in: [.smoke], line: 34)),
        .arm(Arm("f", .gmp, .unstructured(0.5), from: "e", budget: .transferred(from: "e"), line: 35)),
        .arm(Arm("g", .gmp, .unstructured(0.5), from: "e", in: [.smoke], line: 36)),
        .arm(Arm("h", .gmp, .unstructured(0.5), budget: .transferred(from: "dense"), line: 37)),
        .arm(Arm("i", .gmp, .channels(0.5), budget: .transferred(from: "a"), line: 38))
      ) == [
        "line 32: arm 'c' takes its budget from an unknown arm 'x'; did you mean 'a'?",
        "line 30: arm 'a' starts from an unknown arm 'dens'; did you mean 'dense'?",
        "line 31: arm 'b' starts from itself: expected another arm",
        "line 33: arm 'd' takes its budget from itself: expected another arm",
        "line 35: arm 'f' starts from arm 'e', which is not in profile 'quick': expected an arm of the same profiles; "
          + "change what follows 'in:'",
        "line 35: arm 'f' takes its budget from arm 'e', which is not in profile 'quick': expected an arm of the same "
          + "profiles; change what follows 'in:'",
        "line 37: arm 'h' takes its budget from arm 'dense', which prunes nothing: expected an arm that prunes",
        "line 38: arm 'i' takes its budget from arm 'a', and only one of them prunes channels: expected two that prune "
          + "the same",
      ])
  }

  @Test func budgetOfTheRecipeHasASourceToo() {
    #expect(
      faults(recipe: { $0.budget = .transferred(from: "nobody") }, .arm(Arm("a", .gmp, .unstructured(0.5), line: 30)))
        == ["the study's recipe takes its budget from an unknown arm 'nobody': expected one of dense, a"])
    #expect(
      faults(
        recipe: { $0.budget = .transferred(from: "a") }, .arm(Arm("a", .gmp, .unstructured(0.5), line: 30)),
        .arm(Arm("b", .gmp, .unstructured(0.6), line: 31)))
        == ["line 30: arm 'a' takes its budget from itself: expected another arm"])
  }

  @Test func armsDoNotNeedOneAnotherInACircle() {
    #expect(
      faults(
        profiles: [Self.smoke, Studies.quick],
        .arm(Arm("z", .gmp, .unstructured(0.5), from: "b", in: [.quick], line: 29)),
        .arm(Arm("a", .gmp, .unstructured(0.5), from: "c", in: [.quick], line: 30)),
        .arm(Arm("b", .gmp, .unstructured(0.5), budget: .transferred(from: "a"), in: [.quick], line: 31)),
        .arm(Arm("c", .gmp, .unstructured(0.5), from: "b", in: [.quick], line: 32))
      ) == [
        "line 30: arms need one another in a circle at profile 'quick', a -> c -> b -> a: expected one that needs none "
          + "of the others"
      ])
  }
}
