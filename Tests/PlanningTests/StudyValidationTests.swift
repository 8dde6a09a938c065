import Planning
import StudyKit
import Testing

@Suite struct StudyValidationTests {
  private func faults(_ study: Study, file: String = "demo") -> [String] {
    StudyValidation.faults(in: study, fileName: file).map(\.description)
  }

  private func faults(parts: Part...) -> [String] {
    faults(Studies.study(parts: [.arm(Arm("dense", .dense, line: 20))] + parts))
  }

  private func faults(profile change: (inout StudyKit.Profile) -> Void) -> [String] {
    var profile = Studies.quick
    change(&profile)
    return faults(Studies.study(profiles: [profile]))
  }

  private func faults(recipe change: (inout Recipe) -> Void) -> [String] {
    var recipe = Studies.recipe
    change(&recipe)
    return faults(Studies.study(recipe: recipe))
  }

  @Test func validStudyHasNoFault() {
    #expect(faults(parts: .arm(Arm("pdp", .pdp(temperature: 1e-4), .unstructured(0.9)))) == [])
  }

  @Test func allFaultsAreCollected() {
    var profile = Studies.quick
    profile.epochs = -3
    let study = Studies.study(
      "Bad Slug", profiles: [profile],
      parts: [
        .arm(Arm("a", .gmp, .unstructured(1.2), line: 30)),
        .arm(Arm("a", .dense, line: 31)),
        .claim(Claim("c", "a", beats: "b", on: .top1, line: 32)),
      ])
    let error = PlanningError.invalidStudy(
      path: "studies/demo.swift", faults: StudyValidation.faults(in: study, fileName: "demo"))
    #expect(
      error.description == """
        study 'studies/demo.swift' is not valid, 5 faults:
          slug 'Bad Slug' is not a name: expected small letters, digits and hyphens
          line 7: profile 'quick' has epochs -3: expected a whole number from 1
          line 30: arm 'a' has sparsity 1.2: expected a fraction from 0 to below 1; write 0.9 for 90 %
          line 31: arm 'a' is declared twice, first at line 30: expected different names; rename one
          line 32: claim 'c' names an unknown arm 'b'; did you mean 'a'?
        """)
  }

  @Test(arguments: [1.0, 1.2, -0.1, .nan, .infinity])
  func sparsityOutOfRangeIsAFault(sparsity: Double) {
    #expect(
      faults(parts: .arm(Arm("a", .gmp, .unstructured(sparsity), line: 30))) == [
        "line 30: arm 'a' has sparsity \(sparsity): expected a fraction from 0 to below 1; write 0.9 for 90 %"
      ])
  }

  @Test func sparsityAboveTheCapIsAFault() {
    #expect(
      faults(parts: .arm(Arm("a", .gmp, .unstructured(0.99), line: 30))) == [
        "line 30: arm 'a' has sparsity 0.99, which profile 'quick' cannot reach with a cap of 0.98 a layer: expected a "
          + "sparsity up to the cap; raise the cap or lower the sparsity"
      ])
  }

  @Test(arguments: [
    (Method.Temperature.absolute(0), "temperature 0.0"), (.absolute(.nan), "temperature nan"),
    (.relative(kappa: -1), "relative temperature -1.0"), (.relative(kappa: .infinity), "relative temperature inf"),
  ])
  func temperatureThatIsNotPositiveIsAFault(temperature: Method.Temperature, text: String) {
    #expect(
      faults(parts: .arm(Arm("a", .pdp(temperature: temperature), .unstructured(0.9), line: 30)))
        == ["line 30: arm 'a' has \(text): expected a number above 0"])
  }

  @Test func denseArmHasNoStructureAndEveryOtherHasOne() {
    #expect(
      faults(parts: .arm(Arm("a", .dense, .unstructured(0.5), line: 30)), .arm(Arm("b", .gmpNested, line: 31))) == [
        "line 30: arm 'a' prunes with method 'dense': expected no structure; leave it out or choose another method",
        "line 31: arm 'b' with method 'gmp-nested' does not say how much to prune: expected a structure such as "
          + ".unstructured(0.9); add it",
      ])
  }

  @Test func armsBelongToDeclaredProfiles() {
    #expect(
      faults(parts: .arm(Arm("a", .dense, in: [], line: 30)), .arm(Arm("b", .dense, in: [.paper], line: 31))) == [
        "line 30: arm 'a' is in no profile: expected at least one after 'in:'; leave 'in:' out for all",
        "line 31: arm 'b' is in profile 'paper', which the study does not declare: expected one of quick",
      ])
  }

  @Test func unknownArmOfAClaimNamesTheNearest() {
    #expect(
      faults(
        parts: .arm(Arm("pdp-0.866", .gmp, .unstructured(0.866))),
        .claim(Claim("c", "pdp-0.886", beats: "everything", by: .nan, on: .top1, line: 30)),
        .claim(Claim("c", "dense", beats: "dense", on: .top1, line: 31))) == [
          "line 30: claim 'c' names an unknown arm 'pdp-0.886'; did you mean 'pdp-0.866'?",
          "line 30: claim 'c' names an unknown arm 'everything': expected one of dense, pdp-0.866",
          "line 30: claim 'c' has margin nan: expected a fraction from -1 to 1",
          "line 31: claim 'c' compares arm 'dense' with itself: expected two arms",
          "line 31: claim 'c' is declared twice, first at line 30: expected different names; rename one",
        ])
  }

  @Test func namesOfArmsKeepToPlainCharacters() {
    #expect(
      faults(parts: .arm(Arm("a|b\u{1B}[2J", .dense, line: 30)), .arm(Arm("", .dense, line: 31))) == [
        "line 30: arm 'a|b\u{FFFD}[2J' is not named well: expected letters, digits, '.', '-' and '_'",
        "line 31: arm '' is not named well: expected letters, digits, '.', '-' and '_'",
      ])
  }

  @Test func studyWithNothingInItSaysWhatIsMissing() {
    #expect(
      faults(Studies.study("demo", profiles: [], parts: []), file: "other") == [
        "slug 'demo' differs from the file's name 'other': expected the same; rename one of them",
        "the study has no profile: expected at least one of smoke, quick, bench, paper",
        "the study has no arm: expected at least one Arm",
      ])
    var study = Studies.study()
    study.question = " \n"
    #expect(faults(study) == ["the study's question is empty: expected a text"])
  }

  @Test func scheduleThatEndsBelowItsTargetIsAFault() {
    func message(_ ramp: Double) -> String {
      "line 7: profile 'quick' would end below its target: its warm-up of 2.0 and ramp of \(ramp) epochs leave nothing "
        + "of its 10 epochs; shorten them or train longer"
    }
    #expect(faults(profile: { $0.schedule.ramp = .epochs(8.5) }) == [message(8.5)])
    #expect(faults(profile: { $0.schedule.ramp = .share(0.85) }) == [message(8.5)])
    #expect(faults(profile: { $0.schedule.ramp = .share(0.8) }) == [message(8)])
    #expect(faults(profile: { $0.schedule.ramp = .share(0.79) }) == [])
  }

  @Test func learningRateThatIsNeverReachedIsAFault() {
    #expect(
      faults(recipe: { $0.learningRate = .cosine(peak: 0.1, warmup: .epochs(11)) }) == [
        "line 7: profile 'quick' would never reach its learning rate: the rate's warm-up of 11.0 epochs is longer than "
          + "its 10 epochs; shorten it or train longer"
      ])
  }

  @Test func numbersOfAProfileAreChecked() {
    #expect(
      faults(profile: {
        $0.epochs = 0
        $0.replicates = -1
        $0.evaluateEvery = 0
        $0.data = .cifar10Subset.limited(training: 0, evaluation: -5)
        $0.model = .imageNet(width: .nan)
        $0.schedule = Schedule(warmup: .share(1.5), ramp: .epochs(-1))
      }) == [
        "line 7: profile 'quick' has epochs 0: expected a whole number from 1",
        "line 7: profile 'quick' has replicates -1: expected a whole number from 1",
        "line 7: profile 'quick' has evaluateEvery 0: expected a whole number from 1",
        "line 7: profile 'quick' has training limit 0: expected a whole number from 1",
        "line 7: profile 'quick' has evaluation limit -5: expected a whole number from 1",
        "line 7: profile 'quick' has width nan: expected a number above 0, up to 8",
        "line 7: profile 'quick' has warmup 1.5: expected a share from 0 to 1",
        "line 7: profile 'quick' has ramp -1.0: expected 0 epochs or more",
      ])
  }

  @Test func profileIsDeclaredOnce() {
    var second = Studies.quick
    second.line = 12
    #expect(
      faults(Studies.study(profiles: [Studies.quick, second]))
        == ["line 12: profile 'quick' is declared twice, first at line 7: expected it once; merge them"])
  }

  @Test func numbersOfARecipeAreChecked() {
    #expect(
      faults(recipe: {
        $0.batch = 0
        $0.optimizer = .sgd(momentum: 1, nesterov: true, weightDecay: -1, on: .weightsOnly)
        $0.learningRate = .cosine(peak: 0, warmup: .share(-0.1))
        $0.labelSmoothing = 1
        $0.augmentation = .cropAndFlip(padding: -1)
        $0.budget = .uniform(cap: 0)
      }) == [
        "the study's recipe has batch 0: expected at least 1 example",
        "the study's recipe has momentum 1.0: expected a fraction from 0 to below 1",
        "the study's recipe has weightDecay -1.0: expected a fraction from 0 to below 1",
        "the study's recipe has peak 0.0: expected a number above 0",
        "the study's recipe has learning-rate warmup -0.1: expected a share from 0 to 1",
        "the study's recipe has labelSmoothing 1.0: expected a fraction from 0 to below 1",
        "the study's recipe has padding -1: expected 0 to 64 pixels",
        "the study's recipe has cap 0.0: expected a fraction above 0, up to 1",
      ])
  }

  @Test func nesterovNeedsMomentumInAProfilesOwnRecipeToo() {
    #expect(
      faults(profile: {
        $0.recipe = Studies.recipe
        $0.recipe?.optimizer = .sgd(momentum: 0, nesterov: true, weightDecay: 0, on: .allParameters)
      }) == [
        "line 7: the recipe of profile 'quick' has Nesterov's method with momentum 0: expected a momentum above 0; "
          + "raise it or turn nesterov off"
      ])
  }

  @Test func publishedValuesArePercentWithASource() {
    #expect(
      faults(
        parts: .published(Published("M", on: "D", "pdp", .unstructured(86.6), top1: 682, source: "", line: 30))) == [
          "line 30: published value of 'pdp' on 'M' has top1 682.0: expected percent from 0 to 100",
          "line 30: published value of 'pdp' on 'M' has sparsity 86.6: expected a fraction from 0 to below 1; write 0.9 "
            + "for 90 %",
          "line 30: published value of 'pdp' on 'M' has source '': expected where it was read",
        ])
  }

  @Test func tablesHaveNamesOfTheirOwn() {
    #expect(
      faults(
        parts: .table(Table("t", show: .top1, line: 30)), .table(Table("t", show: .top1, line: 31)),
        .table(Table(" ", show: .top1, line: 32))) == [
          "line 31: table 't' is declared twice, first at line 30: expected different names; rename one",
          "line 32: a table has name '': expected a text",
        ])
  }
}
