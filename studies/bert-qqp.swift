import StudyKit

/// Fine-tuning of encoders on pairs of texts, as in `bert-glue`.
///
/// huggingface/transformers, examples/pytorch/text-classification: batch 32, 3 epochs, length 128.
func recipe(peak: Double, length: Int, perBatch: Int, batch: Int = 32) -> Recipe {
  Recipe(
    batch: batch, optimizer: .adamW(weightDecay: 0.01, on: .weightsOnly),
    learningRate: .linear(peak: peak, warmup: .share(0.1)), labelSmoothing: 0, augmentation: .unchanged,
    layers: .encoderOnly, budget: .global(cap: 0.99), gradientNormLimit: 1,
    tokens: .init(maximumLength: length, perBatch: perBatch))
}

/// What every pruned network learns from: 0.95 the dense network, 0.05 the labels, as in the paper.
let teacher = Distillation(from: "dense")

let study = Study(
  "bert-qqp",
  title: "Table 3, continued: BERT on pairs of texts",
  question: "Does what PDP keep on single sentences hold where two texts have to be compared?",
  countsAsYes: """
    At 90 % of the encoder's weights, PDP's paired differences to nested gradual magnitude pruning and to movement pruning \
    are above zero with their whole 95 % intervals, all with the same teacher.
    """,
  task: .text(pooling: .mean),
  recipe: recipe(peak: 1e-4, length: 96, perBatch: 3072),
  profiles: [
    Profile(
      .smoke, data: .movieSnippets.limited(training: 48, evaluation: 40), model: .encoder("minilm-l6", layers: 1),
      epochs: 2, schedule: Schedule(warmup: .share(0.2), ramp: .share(0.4)), replicates: 1, evaluateEvery: 2,
      recipe: recipe(peak: 1e-4, length: 32, perBatch: 512, batch: 16)),
    Profile(
      .quick, data: .vitaminC.limited(training: 500, evaluation: 400), model: .encoder("minilm-l6"), epochs: 2,
      schedule: Schedule(warmup: .share(0.1), ramp: .share(0.5)), replicates: 3, evaluateEvery: 1),
    Profile(
      .bench, data: .vitaminC, model: .encoder("minilm-l6"), epochs: 3,
      schedule: Schedule(warmup: .share(0.1), ramp: .share(0.5)), replicates: 3, evaluateEvery: 1),
    Profile(
      .paper, data: .qqp, model: .encoder("bert-base-uncased"), epochs: 12,
      schedule: Schedule(warmup: .epochs(2), ramp: .epochs(6)), replicates: 3, evaluateEvery: 1,
      recipe: recipe(peak: 3e-5, length: 128, perBatch: 4096)),
  ]
) {
  Text(
    """
    The second half of the paper's language table is QQP: are two questions the same? What is pruned, how, and who teaches is
    as in the study `bert-glue`.

    ## What the profiles can and cannot show

    QQP's files are yours to bring (`paper`). The small profiles take VitaminC's pairs of a passage and a claim, three classes
    as in MNLI, in ten folds that split no page, with MiniLM-L6. `quick` prunes half and trains on 500 of 49,000 pairs, which
    leaves even the dense network near chance: it shows that everything runs, not which method is better. `smoke` makes do
    with single sentences of film reviews, which need no large download, and shows that every arm runs.
    """)

  Arm("dense", .dense)
  Arm("pdp-0.5", .pdp(temperature: 1e-4), .unstructured(0.5), distilling: teacher, in: [.quick, .bench])
  Arm("gmp-nested-0.5", .gmpNested, .unstructured(0.5), distilling: teacher, in: [.quick, .bench])
  Arm("movement-0.5", .movement(), .unstructured(0.5), distilling: teacher, in: [.quick, .bench])
  Arm(
    "pdp-0.9", .pdp(temperature: 1e-4), .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("gmp-nested-0.9", .gmpNested, .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("movement-0.9", .movement(), .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("one-shot-0.9", .oneShot, .unstructured(0.9), distilling: teacher, in: [.bench, .paper])
  Arm(
    "soft-movement-0.9", .softMovement(penalty: 40), .unstructured(0.9),
    search: Search(tolerance: 0.01, trials: 6), distilling: teacher, in: [.bench, .paper])

  Text("## Accuracy")
  Table("Accuracy after pruning", show: .top1)
  Table("F1 after pruning", show: .f1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP beats nested GMP at 50 %", "pdp-0.5", beats: "gmp-nested-0.5", on: .top1)
  Claim("PDP beats movement pruning at 50 %", "pdp-0.5", beats: "movement-0.5", on: .top1)
  Claim("PDP beats nested GMP at 90 %", "pdp-0.9", beats: "gmp-nested-0.9", on: .top1)
  Claim("PDP beats movement pruning at 90 %", "pdp-0.9", beats: "movement-0.9", on: .top1)
  Figure(.claims)

  Text("## Where the weights went")
  Figure(.sparsityByMatrix)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sequenceLengths)

  Text("## QQP in the literature")
  for (name, sparsity, accuracy, f1) in [
    ("dense", 0, 91.4, 88.4), ("gmp", 0.9, 79.8, 65.0), ("movement", 0.9, 89.7, 86.2),
    ("soft-movement", 0.9, 90.2, 86.8),
    ("gmp", 0.97, 72.4, 57.8), ("movement", 0.97, 86.1, 81.5), ("soft-movement", 0.97, 89.1, 85.5),
  ] {
    let structure: Structure? = sparsity == 0 ? nil : .unstructured(sparsity)
    let source = "huggingface/block_movement_pruning, README.md"
    let note = sparsity == 0 ? "" : "with a teacher; encoder's linear maps alone are counted"
    Published("BERT-base-uncased", on: "QQP", name, structure, top1: accuracy, source: source, note: note)
    Published("BERT-base-uncased", on: "QQP", name, structure, .f1, f1, source: source, note: note)
  }
}
