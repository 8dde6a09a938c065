import Datasets
import Kernels
import Networks
import Pruning
import StudyKit
import Training

/// Turns a checked study into the runs that one of its profiles asks for, with every default filled in.
package struct Planner {
  /// Highest number of a replicate; a bound against slips, not against needs.
  package static let highestReplicate = 9999

  let datasets: [DatasetFacts]
  let encoders: [EncoderFacts]

  /// A planner that knows `datasets` and `encoders`, by name.
  package init(datasets: [DatasetFacts], encoders: [EncoderFacts] = []) {
    self.datasets = datasets
    self.encoders = encoders
  }

  /// The plan of `document` at `profile`, for the replicates that the profile declares or for `replicates`.
  ///
  /// Runs are ordered by replicate, then by arm, so that what is done first can already be compared in pairs; a run that
  /// needs another comes behind it. Arms with equal configurations share their runs.
  ///
  /// - Throws: `PlanningError.undeclaredProfile`, `replicateRange`, `unknownDataset`, a fault of the data set against the
  ///   profile, or `armWithoutEnd`.
  package func plan(
    _ document: StudyDocument, profile: Profile, replicates: ClosedRange<Int>? = nil
  ) throws(PlanningError) -> Plan {
    let study = document.study
    guard let settings = study.profiles.first(where: { Profile($0.name) == profile }) else {
      throw .undeclaredProfile(
        profile.rawValue, study: study.slug, declared: study.profiles.map(\.name.rawValue))
    }
    precondition(settings.replicates >= 1, "plan: the study was not checked: \(settings.replicates) replicates")
    let replicates = replicates ?? 0...(settings.replicates - 1)
    guard replicates.lowerBound >= 0, replicates.upperBound <= Self.highestReplicate else {
      throw .replicateRange(first: replicates.lowerBound, last: replicates.upperBound)
    }
    let facts = try facts(for: settings, of: study)
    let model = try model(for: settings, of: study, facts)
    let resolution = Resolution(study: study, profile: settings, facts: facts, model: model)
    let seed = study.seed.map { Seed($0) } ?? Seed(fnv1a("study/" + study.slug))

    let specs = try resolution.specs()
    for spec in specs { try spec.spec.requireEnd(facts, arm: spec.arm.name) }
    let ids = Dictionary(uniqueKeysWithValues: specs.map { ($0.arm.name, $0.id) })
    let byID = Dictionary(specs.map { ($0.id, $0.spec) }, uniquingKeysWith: { first, _ in first })
    let runs = replicates.map { planned(specs.map(\.id), byID, replicate: $0, seed: seed) }
    let runIDs = runs.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.spec, $0.id) }) }
    let arms = study.arms(in: settings).compactMap { arm -> Plan.Arm? in
      guard let id = ids[arm.name], let pruning = byID[id]?.pruning else { return nil }
      return Plan.Arm(
        name: arm.name, method: pruning.method.name, structure: pruning.structure.name, sparsity: pruning.sparsity,
        spec: id, runs: runIDs.compactMap { $0[id] })
    }
    var plan = Plan(
      id: "",
      study: Plan.StudyInfo(
        slug: study.slug, title: study.title, question: study.question, sourcePath: document.sourcePath,
        sourceDigest: document.sourceDigest),
      profile: profile, arms: arms, runs: runs.flatMap(\.self), specs: byID,
      elements: elements(of: study, arms: Set(arms.map(\.name)), profile: profile, facts))
    plan.id = try plan.contentID
    return plan
  }

  /// The run of each configuration at one replicate, once, behind those that it needs.
  private func planned(
    _ specs: [String], _ byID: [String: RunSpec], replicate: Int, seed: Seed
  ) -> [Plan.Run] {
    var runs: [Plan.Run] = []
    var ids: [String: String] = [:]
    for spec in specs where ids[spec] == nil {
      let needs = byID[spec]?.sources.compactMap { ids[$0] } ?? []
      let run = Plan.Run(spec: spec, replicate: replicate, studySeed: seed, needs: needs.isEmpty ? nil : needs)
      ids[spec] = run.id
      runs.append(run)
    }
    return runs
  }

  private func facts(for profile: StudyKit.Profile, of study: Study) throws(PlanningError) -> DatasetFacts {
    let data = profile.data
    guard let facts = datasets.first(where: { $0.name == data.name }) else {
      throw .unknownDataset(data.name, profile: profile.name.rawValue, available: datasets.map(\.name))
    }
    if let limit = data.trainingLimit, limit > facts.trainingExamples {
      throw .limitAboveDataset(dataset: data.name, split: "training", limit: limit, count: facts.trainingExamples)
    }
    if let limit = data.evaluationLimit, limit > facts.evaluationExamples {
      throw .limitAboveDataset(dataset: data.name, split: "evaluation", limit: limit, count: facts.evaluationExamples)
    }
    let examples = data.trainingLimit ?? facts.trainingExamples
    let batch = study.recipe(for: profile).batch
    guard batch <= examples else { throw .batchAboveDataset(dataset: data.name, batch: batch, count: examples) }
    return facts
  }

  /// The network that `profile` trains on the data set of `facts`.
  private func model(
    for profile: StudyKit.Profile, of study: Study, _ facts: DatasetFacts
  ) throws(PlanningError) -> NetworkConfig {
    let name = profile.name.rawValue
    switch (study.task, profile.model, facts.content) {
    case (
      .imageClassification(let architecture), .smallImages(let width),
      .images(let channels, let height, let side, let classes)
    ):
      guard max(height, side) <= 64 else {
        throw .imageTooLargeForStem(dataset: facts.name, height: height, width: side)
      }
      return .images(
        ModelConfig(
          architecture: architecture.config, width: width, stem: .small, inputChannels: channels, classes: classes))
    case (.imageClassification(let architecture), .imageNet(let width), .images(let channels, _, _, let classes)):
      return .images(
        ModelConfig(
          architecture: architecture.config, width: width, stem: .imageNet, inputChannels: channels, classes: classes))
    case (.text(let pooling), .encoder(let encoder, let layers), .text(let task, _)):
      return .text(
        try textModel(encoder, layers: layers, pooling: pooling, task, profile: name, study.recipe(for: profile)))
    default:
      throw .wrongContent(
        dataset: facts.name, profile: name, content: facts.content.noun, expected: study.task.noun)
    }
  }

  private func textModel(
    _ name: String, layers: Int?, pooling: LearningTask.Pooling, _ task: TextTask, profile: String, _ recipe: Recipe
  ) throws(PlanningError) -> TextModelConfig {
    guard let encoder = encoders.first(where: { $0.name == name }) else {
      throw .unknownEncoder(name, profile: profile, available: encoders.map(\.name))
    }
    let sizes = encoder.sizes
    let layers = layers ?? sizes.layers
    guard layers <= sizes.layers else {
      throw .tooManyLayers(encoder: name, profile: profile, layers: layers, available: sizes.layers)
    }
    if let length = recipe.tokens?.maximumLength, length > sizes.positions {
      throw .textsTooLong(encoder: name, profile: profile, length: length, positions: sizes.positions)
    }
    return TextModelConfig(
      encoder: name, fingerprint: encoder.fingerprint, isCut: layers < sizes.layers, lowercases: sizes.lowercases,
      network: BertModelConfig(
        encoder: BertConfig(
          vocabularySize: sizes.vocabularySize, hiddenSize: sizes.hiddenSize, layers: layers, heads: sizes.heads,
          intermediateSize: sizes.intermediateSize, positions: sizes.positions, tokenTypes: sizes.tokenTypes,
          epsilon: sizes.epsilon, dropout: sizes.dropout),
        outputs: task.outputs, pooling: pooling == .mean ? .mean : .firstPosition))
  }

  private func elements(
    of study: Study, arms: Set<String>, profile: Profile, _ facts: DatasetFacts
  ) -> [Plan.Element] {
    [.text("**What would count as yes.** \(study.countsAsYes)")]
      + study.parts.compactMap { part in
        switch part {
        case .text(let text): .text(text.markdown)
        case .arm: nil
        case .table(let table):
          facts.measures(table.metric.planned)
            ? .table(Plan.Table(name: table.name, metric: table.metric.planned))
            : .text("*\(table.name): not measured at the \(profile.rawValue) profile, whose data are `\(facts.name)`.*")
        case .figure(let figure): .figure(figure.kind.planned)
        case .claim(let claim): element(of: claim, arms: arms, profile: profile, facts)
        case .published(let published): .published(published.planned)
        }
      }
  }

  /// The claim, or a sentence in its place if the profile leaves out one of its arms.
  private func element(
    of claim: Claim, arms: Set<String>, profile: Profile, _ facts: DatasetFacts
  ) -> Plan.Element {
    guard facts.measures(claim.metric.planned) else {
      return .text(
        "*Not judged at the \(profile.rawValue) profile, whose data `\(facts.name)` do not measure it: "
          + "\(claim.statement).*")
    }
    let missing = [claim.arm, claim.rival].filter { !arms.contains($0) }
    guard missing.isEmpty else {
      let names = missing.map { "`\($0)`" }.joined(separator: " and ")
      return .text("*Not judged at the \(profile.rawValue) profile, which leaves out \(names): \(claim.statement).*")
    }
    return .claim(
      Plan.Claim(
        statement: claim.statement, arm: claim.arm, rival: claim.rival, margin: claim.margin,
        metric: claim.metric.planned))
  }
}
