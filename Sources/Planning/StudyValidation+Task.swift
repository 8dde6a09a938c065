import StudyKit

extension StudyValidation {
  /// Checks that a profile's network and recipe are made for what the study's task reads.
  mutating func checkTask(of profile: StudyKit.Profile) {
    let owner = "profile '\(profile.name.rawValue)'"
    let recipe = study.recipe(for: profile)
    func fault(_ field: String, _ expected: String) -> StudyFault.Problem {
      .notForTask(owner: owner, field: field, task: study.task.noun, expected: expected)
    }
    switch (study.task, profile.model) {
    case (.imageClassification, .encoder):
      report(profile.line, fault("an encoder as its network", ".smallImages(width: …) or .imageNet(width: …)"))
    case (.text, .smallImages), (.text, .imageNet):
      report(profile.line, fault("a network for images", ".encoder(\"minilm-l6\")"))
    case (.imageClassification, .smallImages), (.imageClassification, .imageNet), (.text, .encoder): break
    }
    switch study.task {
    case .imageClassification:
      if recipe.tokens != nil { report(profile.line, fault("tokens in its recipe", "none; leave them out")) }
    case .text:
      if recipe.tokens == nil {
        report(profile.line, fault("no tokens in its recipe", "'tokens: .init(maximumLength: 64)' or the like"))
      }
      if recipe.augmentation != .unchanged { report(profile.line, fault("an augmentation of images", ".unchanged")) }
      if recipe.layers != .encoderOnly {
        report(
          profile.line, fault("a layer policy for images", ".encoderOnly: what is pruned are the encoder's linear maps")
        )
      }
    }
  }

  /// Checks that an arm's method and teacher go with what the study's task reads.
  mutating func checkTask(of arm: Arm) {
    if let distillation = arm.distillation {
      if case .imageClassification = study.task {
        report(
          arm.line,
          .notForTask(
            owner: owner(arm), field: "a teacher", task: study.task.noun, expected: "none; leave 'distilling' out"))
      }
      for (field, value) in [("teacher's weight", distillation.teacher), ("task's weight", distillation.task)] {
        expect(value >= 0 && value <= 1, owner(arm), field, value, "a fraction from 0 to 1", arm.line)
      }
      expect(
        distillation.teacher + distillation.task > 0, owner(arm), "weights of teacher and task",
        "\(distillation.teacher) and \(distillation.task)", "one of them above 0", arm.line)
      expect(
        distillation.temperature > 0 && distillation.temperature.isFinite, owner(arm), "distillation temperature",
        distillation.temperature, "a number above 0", arm.line)
    }
    guard case .text = study.task else { return }
    if arm.distillation != nil {
      for profile in study.profiles where arm.isPart(of: profile.name) {
        let smoothing = study.recipe(for: profile).labelSmoothing
        expect(
          smoothing == 0, owner(arm), "a teacher at profile '\(profile.name.rawValue)' and label smoothing", smoothing,
          "0, since the teacher's results are smooth", arm.line)
      }
    }
    switch arm.method {
    case .synFlow, .slimming, .hRank, .chip, .fpgm:
      report(
        arm.line, .methodNotForTask(arm: arm.name, method: arm.method.name, task: study.task.noun))
    default: break
    }
  }
}

extension LearningTask {
  /// What the study's networks read.
  var noun: String {
    switch self {
    case .imageClassification: "images"
    case .text: "text"
    }
  }
}
