import Planning
import StudyKit
import Testing

/// What may be wrong with methods, structures, schedules and budgets.
@Suite struct ArmValidationTests {
  private static let dense = Part.arm(Arm("dense", .dense, line: 20))

  private func faults(
    recipe change: (inout Recipe) -> Void = { _ in }, profiles: [StudyKit.Profile] = [Studies.quick], _ parts: Part...
  ) -> [String] {
    var recipe = Studies.recipe
    change(&recipe)
    let study = Studies.study(recipe: recipe, profiles: profiles, parts: [Self.dense] + parts)
    return StudyValidation.faults(in: study, fileName: "demo").map(\.description)
  }

  private func faults(_ method: Method, _ structure: Structure = .unstructured(0.9)) -> [String] {
    faults(.arm(Arm("a", method, structure, line: 30)))
  }

  private static let structures: [Structure] = [
    .unstructured(0.9), .groups(keeping: 2, of: 4), .blocks(size: 4, 0.9), .channels(0.5),
  ]

  /// Each method with the places in `structures` of what it can prune.
  private static let table: [(Method, [Int])] = [
    (.pdp(temperature: 1e-4), [0, 1, 3]), (.pdp(temperature: 1e-4, threshold: .attached), [0]), (.gmp, [0, 1, 2, 3]),
    (.gmpNested, [0, 1, 2, 3]), (.oneShot, [0, 1, 2, 3]),
    (.random, [0, 1, 2, 3]), (.dnw, [0, 1, 2]), (.acdc, [0, 1, 2]),
    (.iterativeMagnitude(rounds: 5, rewind: .share(0.1)), [0, 1, 2]), (.set(interval: 100), [0]),
    (.rigL(interval: 100), [0]), (.graNet(interval: 100), [0]), (.str(initial: -5, decay: 1e-4), [0]),
    (.continuousSparsification(), [0]), (.optG(), [0]), (.movement(), [0, 1]), (.softMovement(), [0]), (.snip(), [0]),
    (.grasp(examples: 250), [0]), (.synFlow(), [0]), (.srSTE(), [1]), (.asp, [1]), (.lbc, [1]), (.l1Norm, [3]),
    (.l2Norm, [3]), (.fpgm, [3]), (.slimming(penalty: 1e-4), [3]), (.taylor(examples: 10), [3]),
    (.hRank(examples: 10), [3]), (.chip(examples: 10), [3]),
  ]

  @Test(arguments: table) func methodPrunesWhatItCan(method: Method, structures: [Int]) {
    for (index, structure) in Self.structures.enumerated() {
      #expect(faults(method, structure).isEmpty == structures.contains(index), "\(structure)")
    }
  }

  @Test func structureThatAMethodCannotPruneIsAFault() {
    #expect(
      faults(.srSTE()) == [
        "line 30: arm 'a' prunes single weights with method 'sr-ste', which cannot: expected .groups(keeping: 2, of: 4); "
          + "change the structure or the method"
      ])
    #expect(
      faults(.acdc, .channels(0.5)) == [
        "line 30: arm 'a' prunes channels with method 'ac-dc', which cannot: expected one of .unstructured(0.9), "
          + ".groups(keeping: 2, of: 4), .blocks(size: 4, 0.9); change the structure or the method"
      ])
    #expect(
      faults(.fpgm, .groups(keeping: 2, of: 4)) == [
        "line 30: arm 'a' prunes N:M groups with method 'fpgm', which cannot: expected .channels(0.5); change the "
          + "structure or the method"
      ])
    #expect(
      faults(.pdp(temperature: 1), .blocks(size: 4, 0.5)) == [
        "line 30: arm 'a' prunes blocks with method 'pdp', which cannot: expected one of .unstructured(0.9), "
          + ".groups(keeping: 2, of: 4), .channels(0.5); change the structure or the method"
      ])
  }

  @Test(arguments: [(0, 4), (4, 4), (5, 4), (-1, 2), (1, 0)])
  func groupsKeepSomeAndPruneSome(kept: Int, size: Int) {
    #expect(
      faults(.asp, .groups(keeping: kept, of: size)) == [
        "line 30: arm 'a' has groups \(kept):\(size): expected N:M with N from 1 to below M; N weights stay of every M"
      ])
  }

  @Test func groupsAreNoLargerThanTheKernelsTake() {
    #expect(faults(.asp, .groups(keeping: 2, of: 64)) == [])
    #expect(
      faults(.asp, .groups(keeping: 2, of: 65)) == [
        "line 30: arm 'a' has groups 2:65: expected at most 64 weights a group"
      ])
  }

  @Test func numbersOfStructuresAreChecked() {
    #expect(
      faults(.gmp, .blocks(size: 1, 1.5)) == [
        "line 30: arm 'a' has block size 1: expected at least 2 channels",
        "line 30: arm 'a' has sparsity 1.5: expected a fraction from 0 to below 1; write 0.9 for 90 %",
      ])
    #expect(
      faults(.gmp, .channels(.nan, minimum: 0, multiple: -8)) == [
        "line 30: arm 'a' has sparsity nan: expected a fraction from 0 to below 1; write 0.9 for 90 %",
        "line 30: arm 'a' has channel minimum 0: expected at least 1 channel",
        "line 30: arm 'a' has channel multiple -8: expected a whole number from 1",
      ])
    #expect(
      faults(.published(Published("M", on: "D", "asp", .groups(keeping: 4, of: 2), top1: 60, source: "s", line: 30)))
        == [
          "line 30: published value of 'asp' on 'M' has groups 4:2: expected N:M with N from 1 to below M; N weights "
            + "stay of every M"
        ])
  }

  private static let wrong: [(Method, [String])] = [
    (.iterativeMagnitude(rounds: 0, rewind: .share(0.1)), ["rounds 0: expected a whole number from 1"]),
    (.iterativeMagnitude(rounds: 1, rewind: .share(2)), ["rewind 2.0: expected a share from 0 to 1"]),
    (
      .set(share: 1.5, interval: 0, until: 0),
      [
        "share 1.5: expected a share from 0 to 1", "interval 0: expected a whole number from 1",
        "until 0.0: expected a share above 0, up to 1",
      ]
    ),
    (
      .rigL(share: -0.1, interval: 1, until: 1.1),
      [
        "share -0.1: expected a share from 0 to 1", "until 1.1: expected a share above 0, up to 1",
      ]
    ),
    (
      .graNet(initialSparsity: 0.95, share: 2, interval: -1),
      [
        "initialSparsity 0.95: expected at most the arm's sparsity of 0.9", "share 2.0: expected a share from 0 to 1",
        "interval -1: expected a whole number from 1",
      ]
    ),
    (.graNet(initialSparsity: .nan, interval: 1), ["initialSparsity nan: expected a fraction from 0 to below 1"]),
    (
      .str(initial: .infinity, decay: -1),
      [
        "initial inf: expected a finite number", "decay -1.0: expected 0 or a number above it",
      ]
    ),
    (
      .continuousSparsification(initial: .nan, penalty: -1, sharpness: 1),
      [
        "initial nan: expected a finite number", "penalty -1.0: expected 0 or a number above it",
        "sharpness 1.0: expected a number above 1",
      ]
    ),
    (.optG(steepness: 0), ["steepness 0.0: expected a number above 0"]),
    (.movement(scoreRate: 0), ["scoreRate 0.0: expected a number above 0"]),
    (
      .softMovement(scoreRate: .infinity, threshold: 1, penalty: .nan),
      [
        "scoreRate inf: expected a number above 0", "threshold 1.0: expected a number between 0 and 1",
        "penalty nan: expected 0 or a number above it",
      ]
    ),
    (.snip(examples: 0), ["examples 0: expected a whole number from 1"]),
    (.synFlow(rounds: 0), ["rounds 0: expected a whole number from 1"]),
  ]

  @Test(arguments: wrong) func numbersOfMethodsAreChecked(method: Method, expected: [String]) {
    #expect(faults(method) == expected.map { "line 30: arm 'a' has \($0)" })
  }

  @Test func numbersOfStructuredMethodsAreChecked() {
    #expect(
      faults(.srSTE(pull: -1), .groups(keeping: 2, of: 4)) == [
        "line 30: arm 'a' has pull -1.0: expected 0 or a number above it"
      ])
    #expect(
      faults(.slimming(penalty: .infinity), .channels(0.5)) == [
        "line 30: arm 'a' has penalty inf: expected 0 or a number above it"
      ])
    #expect(
      faults(.chip(examples: 0), .channels(0.5)) == [
        "line 30: arm 'a' has examples 0: expected a whole number from 1"
      ])
  }

  @Test func rewindLiesWithinTraining() {
    #expect(
      faults(.iterativeMagnitude(rounds: 3, rewind: .epochs(10))) == [
        "line 30: arm 'a' returns to weights that profile 'quick' never has, those after 10.0 of 10 epochs: expected a "
          + "rewind before the end; rewind earlier"
      ])
    #expect(faults(.iterativeMagnitude(rounds: 3, rewind: .epochs(9.5))) == [])
  }

  @Test func denseArmHasNothingThatOnlyPruningNeeds() {
    #expect(
      faults(
        .arm(
          Arm(
            "a", .dense, epochs: .times(2), schedule: Schedule(warmup: .epochs(1), ramp: .epochs(1)),
            budget: .uniform(cap: 1), search: Search(tolerance: 0.01, trials: 3), line: 30))) == [
          "line 30: arm 'a' prunes nothing and has a schedule: expected none; leave it out or choose another method",
          "line 30: arm 'a' prunes nothing and has a budget: expected none; leave it out or choose another method",
          "line 30: arm 'a' prunes nothing and has a search: expected none; leave it out or choose another method",
        ])
  }

  @Test func searchIsForMethodsWithoutATarget() {
    let search = Search(tolerance: 0.005, trials: 8)
    for method in [Method.str(initial: -5, decay: 1e-4), .continuousSparsification(), .softMovement()] {
      #expect(faults(.arm(Arm("a", method, .unstructured(0.9), search: search, line: 30))) == [])
      #expect(faults(method) == [])
    }
    let highest = Method.continuousSparsification(selection: .highest)
    for (method, name) in [(Method.gmp, "gmp"), (highest, "cs")] {
      #expect(
        faults(.arm(Arm("a", method, .unstructured(0.9), search: search, line: 30))) == [
          "line 30: arm 'a' searches for a sparsity that method '\(name)' reaches by itself: expected no search; leave "
            + "it out"
        ])
    }
    #expect(
      faults(
        .arm(
          Arm(
            "a", .softMovement(), .unstructured(0.9), search: Search(tolerance: 0, trials: 0), line: 30))) == [
          "line 30: arm 'a' has search tolerance 0.0: expected a fraction above 0, below 1",
          "line 30: arm 'a' has search trials 0: expected at least 1 training",
        ])
  }

  @Test func armsOwnLengthAndScheduleHaveAnEnd() {
    #expect(
      faults(
        .arm(Arm("a", .gmp, .unstructured(0.9), epochs: .times(0.5), line: 30)),
        .arm(
          Arm(
            "b", .gmp, .unstructured(0.9), schedule: Schedule(warmup: .share(0.5), ramp: .epochs(6)), line: 31)),
        .arm(Arm("c", .gmp, .unstructured(0.9), epochs: .times(0), line: 32)),
        .arm(
          Arm(
            "d", .gmp, .unstructured(0.9), schedule: Schedule(warmup: .share(-1), ramp: .epochs(-6)), line: 33)),
        .arm(Arm("e", .dense, epochs: .times(0.1), line: 34))
      ) == [
        "line 30: arm 'a' at profile 'quick' would end below its target: its warm-up of 1.0 and ramp of 4.0 epochs "
          + "leave nothing of its 5 epochs; shorten them or train longer",
        "line 31: arm 'b' at profile 'quick' would end below its target: its warm-up of 5.0 and ramp of 6.0 epochs "
          + "leave nothing of its 10 epochs; shorten them or train longer",
        "line 32: arm 'c' has epochs factor 0.0: expected a number above 0, up to 1000",
        "line 33: arm 'd' has warmup -1.0: expected a share from 0 to 1",
        "line 33: arm 'd' has ramp -6.0: expected 0 epochs or more",
      ])
    #expect(
      faults(
        recipe: { $0.learningRate = .linear(peak: 0.1, warmup: .epochs(2)) },
        .arm(Arm("e", .dense, epochs: .times(0.1), line: 34))) == [
          "line 34: arm 'e' at profile 'quick' would never reach its learning rate: the rate's warm-up of 2.0 epochs is "
            + "longer than its 1 epochs; shorten it or train longer"
        ])
  }

  @Test func budgetsAreChecked() {
    #expect(
      faults(
        .arm(
          Arm(
            "a", .gmp, .unstructured(0.5),
            budget: .global(
              cap: 0.9, floor: 0.95, .layer(" ", .dense), .layer("x.*", .sparsity(1)), .layer("y", .cap(0)),
              .layer("z", .floor(-1))), line: 30))) == [
          "line 30: arm 'a' has sparsity 0.5, which profile 'quick' cannot keep with a floor of 0.95 a layer: "
            + "expected a sparsity from the floor on; lower the floor or raise the sparsity",
          "line 30: arm 'a' has floor 0.95: expected at most the cap of 0.9",
          "line 30: arm 'a' has layer pattern ' ': expected the name of a weight, in which * stands for any "
            + "characters",
          "line 30: arm 'a' has sparsity of layer 'x.*' 1.0: expected a fraction from 0 to below 1",
          "line 30: arm 'a' has cap of layer 'y' 0.0: expected a fraction above 0, up to 1",
          "line 30: arm 'a' has floor of layer 'z' -1.0: expected a fraction from 0 to below 1",
        ])
    #expect(
      faults(
        recipe: { $0.budget = .erk(cap: 0.98) }, .arm(Arm("a", .l1Norm, .channels(0.5), line: 30)),
        .arm(Arm("b", .l1Norm, .channels(0.5), budget: .uniform(cap: 1), line: 31))) == [
          "line 30: arm 'a' prunes channels with the ERK budget of profile 'quick', which shares out weights: expected a "
            + "global or uniform budget; give the arm one with 'budget:'"
        ])
    #expect(
      faults(recipe: { $0.budget = .global(cap: 0.98) }, .arm(Arm("a", .asp, .groups(keeping: 1, of: 64), line: 30)))
        == [
          "line 30: arm 'a' has sparsity 0.984375, which profile 'quick' cannot reach with a cap of 0.98 a layer: "
            + "expected a sparsity up to the cap; raise the cap or lower the sparsity"
        ])
  }

  /// With N:M, and with methods whose sparsity is an outcome, a budget decides nothing but which layers stay dense.
  @Test func budgetSaysNothingWhereSomethingElseDecides() {
    let budget = Recipe.Budget.global(
      cap: 0.98, floor: 0.25, isNormalized: true, .layer("a", .dense), .layer("b.*", .sparsity(0.5)),
      .layer("c", .cap(0.75)), .layer("d", .floor(0.5)))
    let settings =
      "has a floor of 0.25 a layer, a normalised ranking, a sparsity of 0.5 for layers 'b.*', a cap of 0.75 for layers "
      + "'c', a floor of 0.5 for layers 'd' at profile 'quick', but"
    let remedy =
      "what each layer loses: expected only layers left dense; give the arm a budget without the rest with 'budget:'"
    for method in [Method.asp, .gmp, .pdp(temperature: 1e-4), .srSTE()] {
      #expect(
        faults(.arm(Arm("a", method, .groups(keeping: 2, of: 4), budget: budget, line: 30))) == [
          "line 30: arm 'a' \(settings) the N:M pattern says \(remedy)"
        ])
    }
    for (method, name) in [
      (Method.str(initial: -5, decay: 1e-4), "str"), (.continuousSparsification(), "cs"),
      (.softMovement(), "soft-movement"),
    ] {
      #expect(
        faults(.arm(Arm("a", method, .unstructured(0.9), budget: budget, line: 30))) == [
          "line 30: arm 'a' \(settings) training decides with method '\(name)' \(remedy)"
        ])
    }
    // The recipe's budget counts as the arm's own.
    #expect(
      faults(
        recipe: { $0.budget = .uniform(cap: 0.98, floor: 0.5) },
        .arm(Arm("a", .asp, .groups(keeping: 1, of: 4), line: 30)),
        .arm(Arm("b", .asp, .groups(keeping: 1, of: 4), budget: .uniform(cap: 1), line: 31))) == [
          "line 30: arm 'a' has a floor of 0.5 a layer at profile 'quick', but the N:M pattern says \(remedy)"
        ])
    let dense = Recipe.Budget.uniform(cap: 1, .layer("a", .dense))
    #expect(faults(.arm(Arm("a", .asp, .groups(keeping: 2, of: 4), budget: dense, line: 30))) == [])
    for method in [Method.gmp, .continuousSparsification(selection: .highest), .optG()] {
      #expect(faults(.arm(Arm("a", method, .unstructured(0.9), budget: budget, line: 30))) == [])
    }
  }

  @Test func numbersOfTheNewRecipesAreChecked() {
    #expect(
      faults(recipe: {
        $0.optimizer = .adamW(beta1: 1, beta2: -1, epsilon: 0, weightDecay: 2, on: .allParameters)
        $0.learningRate = .step(peak: 0.1, warmup: .epochs(0), milestones: [.share(0.5), .share(2)], factor: 0)
        $0.gradientNormLimit = 0
        $0.averaging = Averaging(decay: 1, warmsUp: false)
      }) == [
        "the study's recipe has beta1 1.0: expected a fraction from 0 to below 1",
        "the study's recipe has beta2 -1.0: expected a fraction from 0 to below 1",
        "the study's recipe has weightDecay 2.0: expected a fraction from 0 to below 1",
        "the study's recipe has epsilon 0.0: expected a number above 0",
        "the study's recipe has milestone 2.0: expected a share from 0 to 1",
        "the study's recipe has factor 0.0: expected a fraction above 0, up to 1",
        "the study's recipe has gradientNormLimit 0.0: expected a number above 0",
        "the study's recipe has averaging decay 1.0: expected a fraction from 0 to below 1",
      ])
    #expect(
      faults(recipe: { $0.learningRate = .polynomial(peak: 0.1, warmup: .epochs(0), power: 0) }) == [
        "the study's recipe has power 0.0: expected a number above 0"
      ])
  }
}
