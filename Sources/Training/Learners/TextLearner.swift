import Autodiff
import Datasets
import Kernels
import Networks
import Pruning

/// Classification of sentences or pairs of them, or a score for them, by a pre-trained encoder with a head.
final class TextLearner: Learner {
  let classifier: BertClassifier
  let costs: [LayerCost]
  private let examples: TextExamples
  private let loader: TextLoader
  private let seed: Seed
  private let labelSmoothing: Double
  private let distillation: DistillationConfig?
  private let model: TextModelConfig
  private let job: TrainingJob
  /// The teacher's results, [examples, outputs]; nil without a teacher.
  private var teacher: TeacherResults?

  /// Most sequences, and tokens, a forward pass in evaluation.
  private static let evaluationBatch = (sequences: 128, tokens: 8192)

  /// - Throws: `TrainingError.outputMismatch` if the network's results are not those of the task; `WeightsError`;
  ///   `DatasetError`.
  init(_ model: TextModelConfig, _ job: TrainingJob, _ examples: TextExamples) throws {
    guard model.network.outputs == examples.task.outputs else {
      throw TrainingError.outputMismatch(
        dataset: job.data.dataset, expected: examples.task.outputs, actual: model.network.outputs)
    }
    self.model = model
    self.job = job
    self.examples = examples
    loader = try TextLoader(
      training: examples.training, batchSize: job.training.batchSize, tokensPerBatch: job.data.text?.tokensPerBatch,
      seed: job.seed)
    classifier = BertClassifier(model.network, seed: job.seed)
    try classifier.loadEncoder(examples.encoder.limited(toLayers: model.network.encoder.layers))
    costs = classifier.costs(length: model.longestText(job.data))
    seed = job.seed
    labelSmoothing = job.training.labelSmoothing
    distillation = job.training.distillation
  }

  var network: any PrunableNetwork { classifier }
  var stepsPerEpoch: Int { loader.batchesPerEpoch }
  var exportMetadata: [String: String] {
    ["architecture": "bert", "encoder": model.encoder, "pooling": model.network.pooling.rawValue]
  }
  var probe: any NetworkProbe { TextProbe(network: classifier, loader: loader, target: examples.task.target) }

  var openingFacts: [TrainingFact] {
    let truncated = examples.training.truncated + examples.evaluations.reduce(0) { $0 + $1.texts.truncated }
    var facts: [TrainingFact] = [
      .event(
        level: .info, kind: "texts",
        message: "\(examples.training.count) training texts in \(stepsPerEpoch) batches, \(truncated) texts cut to "
          + "\(model.longestText(job.data)) tokens")
    ]
    facts += examples.remarks.map { .event(level: .warning, kind: "left-out", message: $0) }
    let parts =
      [("training-texts", examples.training)] + examples.evaluations.map { ("\($0.name)-texts", $0.texts) }
    for (name, texts) in parts {
      let counts = texts.lengths.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      for (length, count) in counts.sorted(by: { $0.key < $1.key }) {
        facts.append(
          .metric(
            MetricPoint(
              name: name, split: MetricPoint.lengthsSplit, step: length, epoch: 0, value: Double(count))))
      }
    }
    return facts
  }

  var closingNumbers: [(name: String, value: Double)] { [("padding-share", loader.paddingShare)] }

  func begin(at step: Int) throws {
    guard distillation != nil, teacher == nil else { return }
    guard let weights = job.teacher else { preconditionFailure("TextLearner.begin: the teacher has no file") }
    let network = BertClassifier(model.network)
    try network.load(SafetensorsFile(readingFrom: weights).tensors)
    teacher = TeacherResults(outputs: model.network.outputs, count: examples.training.count)
    forEachBatch(of: examples.training) { batch in
      teacher?.set(network(batch.tokenBatch, Pass(.evaluation)).value, for: batch.examples)
    }
  }

  func end() {}

  private func batch(at step: Int) -> TextBatch {
    loader.batch(epoch: step / stepsPerEpoch, index: step % stepsPerEpoch)
  }

  private func trainingPass(_ step: Int, tape: Tape? = nil, witness: FiniteWitness? = nil) -> Pass {
    Pass(.training, tape: tape, seed: seed.derived("step/\(step)"), witness: witness)
  }

  func learn(step: Int) -> BatchScore {
    let batch = batch(at: step)
    let tape = Tape()
    let results = classifier(batch.tokenBatch, trainingPass(step, tape: tape))
    let (loss, gradient) = lossAndGradient(results.value, batch)
    tape.backward(from: results, upstream: gradient)
    var correct: Int?
    if case .classes = examples.task.target { correct = correctCount(results.value, labels: batch.labels) }
    return BatchScore(loss: loss, correct: correct, examples: batch.count)
  }

  private func lossAndGradient(_ results: Tensor, _ batch: TextBatch) -> (loss: Double, gradient: Tensor) {
    let teacher = teacher?.results(of: batch.examples)
    switch (examples.task.target, distillation, teacher) {
    case (.classes, let distillation?, let teacher?):
      return Distillation.lossAndGradient(
        results, teacher: teacher, labels: batch.labels, taskWeight: distillation.taskWeight,
        distillationWeight: distillation.teacherWeight, temperature: distillation.temperature)
    case (.classes, _, _):
      return SoftmaxCrossEntropy.lossAndGradient(results, labels: batch.labels, labelSmoothing: labelSmoothing)
    case (.score, let distillation?, let teacher?):
      return Distillation.lossAndGradient(
        results, teacher: teacher, target: batch.scoreTensor, taskWeight: distillation.taskWeight,
        distillationWeight: distillation.teacherWeight)
    case (.score, _, _):
      return MeanSquaredError.lossAndGradient(results, target: batch.scoreTensor)
    }
  }

  func firstNonFiniteLayer(step: Int) -> String? {
    let witness = FiniteWitness()
    _ = classifier(batch(at: step).tokenBatch, trainingPass(step, witness: witness))
    return witness.culprit
  }

  func evaluate() -> Score {
    var loss = 0.0
    var measures: [Score.Measure] = []
    for (index, part) in examples.evaluations.enumerated() {
      let (partLoss, values) = evaluate(on: part.texts)
      if index == 0 { loss = partLoss }
      measures += values.map { Score.Measure(name: $0.metric.resultName(on: part.name), value: $0.value) }
    }
    return Score(loss: loss, measures: measures)
  }

  private func evaluate(on texts: EncodedTexts) -> (loss: Double, values: [(metric: TextMetric, value: Double)]) {
    var lossSum = 0.0
    var predictions = [Int](repeating: 0, count: texts.count)
    var scores = [Double](repeating: 0, count: texts.count)
    forEachBatch(of: texts) { batch in
      let results = classifier(batch.tokenBatch, Pass(.evaluation)).value
      switch examples.task.target {
      case .classes:
        let (loss, _) = SoftmaxCrossEntropy.lossAndGradient(results, labels: batch.labels, labelSmoothing: 0)
        lossSum += loss * Double(batch.count)
        for (example, label) in zip(batch.examples, predictedClasses(results)) { predictions[example] = label }
      case .score:
        lossSum += MeanSquaredError.lossAndGradient(results, target: batch.scoreTensor).loss * Double(batch.count)
        for (example, score) in zip(batch.examples, results.elements) { scores[example] = Double(score) }
      }
    }
    let values = examples.task.metrics.map { metric in
      let value =
        switch metric {
        case .accuracy: ClassificationMetrics(predictions: predictions, labels: texts.labels).accuracy
        case .f1: ClassificationMetrics(predictions: predictions, labels: texts.labels).f1
        case .matthews: ClassificationMetrics(predictions: predictions, labels: texts.labels).matthews
        case .pearson: CorrelationMetrics(scores: scores, targets: texts.scores).pearson
        case .spearman: CorrelationMetrics(scores: scores, targets: texts.scores).spearman
        }
      return (metric, value)
    }
    return (lossSum / Double(texts.count), values)
  }

  private func forEachBatch(of texts: EncodedTexts, _ body: (TextBatch) -> Void) {
    let loader = TextLoader(
      evaluating: texts, batchSize: Self.evaluationBatch.sequences, tokensPerBatch: Self.evaluationBatch.tokens)
    for index in 0..<loader.batchesPerEpoch { body(loader.batch(epoch: 0, index: index)) }
  }

  func shrunk(keeping kept: [String: [Int]]) throws -> ShrunkNetwork {
    let shrunk = classifier.shrunk(keeping: kept)
    let loader = TextLoader(
      evaluating: examples.evaluations[0].texts, batchSize: 32, tokensPerBatch: Self.evaluationBatch.tokens)
    let batch = loader.batch(epoch: 0, index: 0).tokenBatch
    return ShrunkNetwork(
      macs: shrunk.costs(length: model.longestText(job.data)).macs,
      parameters: shrunk.parameterCount, storedBytes: try StoredBytes.compact(shrunk.state),
      masked: classifier(batch, Pass(.evaluation)).value,
      shrunk: shrunk(batch, Pass(.evaluation)).value)
  }
}

extension TextBatch {
  var tokenBatch: TokenBatch {
    TokenBatch(batch: count, length: length, tokens: tokens, types: types, isToken: isToken)
  }

  /// - Shapes: [count, 1].
  var scoreTensor: Tensor { Tensor(scores.map { Float($0) }, shape: [count, 1]) }
}

extension TextMetric {
  /// Name of the metric on one part of the examples among a run's results: accuracy is called as it is with images, and
  /// what follows `test` in the part's name comes behind.
  package func resultName(on part: String) -> String {
    (self == .accuracy ? "top1" : rawValue) + part.dropFirst(TextPartition.testName.count)
  }
}

extension [String: Tensor] {
  /// The encoder's tensors without those of layers from `count` on.
  fileprivate func limited(toLayers count: Int) -> [String: Tensor] {
    filter { name, _ in
      let parts = name.split(separator: ".")
      guard parts.count > 3, parts[1] == "encoder", parts[2] == "layer", let layer = Int(parts[3]) else { return true }
      return layer < count
    }
  }
}
