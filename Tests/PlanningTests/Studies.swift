import Planning
import StudyKit

/// Studies as values, for what needs no compiler.
enum Studies {
  static let recipe = Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98))

  static let quick = StudyKit.Profile(
    .quick, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 10,
    schedule: Schedule(warmup: .share(0.2), ramp: .epochs(4)), replicates: 2, evaluateEvery: 2, line: 7)

  static func study(
    _ slug: String = "demo", seed: UInt64? = nil, recipe: Recipe = recipe, profiles: [StudyKit.Profile] = [quick],
    parts: [Part] = [.arm(Arm("dense", .dense, line: 20))]
  ) -> Study {
    var study = Study(
      slug, title: "T", question: "Q?", countsAsYes: "Y", task: .imageClassification(.mobileNetV1), seed: seed,
      recipe: recipe, profiles: profiles
    ) {}
    study.parts = parts
    return study
  }

  static func document(_ study: Study) -> StudyDocument {
    StudyDocument(study: study, sourcePath: "studies/\(study.slug).swift", sourceDigest: "d1", warnings: [])
  }
}
