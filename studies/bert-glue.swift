import StudyKit

/// Fine-tuning as published for the encoder at hand; `paper` is BERT's own.
///
/// huggingface/transformers, examples/pytorch/text-classification: batch 32, 3 epochs, length 128. The rate of 1e-4 suits the
/// small encoder.
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
  "bert-glue",
  title: "Table 3: BERT on GLUE",
  question: "Does PDP keep a fine-tuned encoder's accuracy where gradual magnitude and movement pruning lose it?",
  countsAsYes: """
    At 90 % of the encoder's weights, PDP's paired differences to nested gradual magnitude pruning and to movement pruning \
    are above zero with their whole 95 % intervals, all with the same teacher.
    """,
  task: .text(pooling: .mean),
  recipe: recipe(peak: 1e-4, length: 64, perBatch: 2048),
  profiles: [
    Profile(
      .smoke, data: .movieSnippets.limited(training: 64, evaluation: 40), model: .encoder("minilm-l6", layers: 1),
      epochs: 2, schedule: Schedule(warmup: .share(0.2), ramp: .share(0.4)), replicates: 1, evaluateEvery: 2,
      recipe: recipe(peak: 1e-4, length: 32, perBatch: 512, batch: 16)),
    Profile(
      .quick, data: .movieSnippets.limited(training: 800, evaluation: 500), model: .encoder("minilm-l6"), epochs: 3,
      schedule: Schedule(warmup: .share(0.1), ramp: .share(0.5)), replicates: 3, evaluateEvery: 1),
    Profile(
      .bench, data: .movieSnippets, model: .encoder("minilm-l6"), epochs: 3,
      schedule: Schedule(warmup: .share(0.1), ramp: .share(0.5)), replicates: 3, evaluateEvery: 1),
    Profile(
      .paper, data: .mnli, model: .encoder("bert-base-uncased"), epochs: 12,
      schedule: Schedule(warmup: .epochs(2), ramp: .epochs(6)), replicates: 3, evaluateEvery: 1,
      recipe: recipe(peak: 3e-5, length: 128, perBatch: 4096)),
  ]
) {
  Text(
    """
    A pre-trained encoder is fine-tuned for one task. What is pruned are the encoder's linear maps: query, key, value and
    output of each attention, and both feed-forward maps; embeddings, pooling layer and head stay whole and are not counted.
    That is how the literature counts sparsity on BERT.

    The dense network is trained first. Every pruned network starts from the same pre-trained weights and learns from the
    dense one of its replicate: 0.95 times the distance from the teacher's results, 0.05 times that from the labels. These
    are the paper's weights for PDP; here every method gets them, so that methods are compared and not teachers.

    ## What the profiles can and cannot show

    The small profiles take MiniLM-L6 (six layers, 384 wide, 10.6 million encoder weights) and sentences of film reviews,
    positive or negative: those that SST was built from, **not SST's own division**. Replicate r tests on fold r mod 10 of
    10,072 sentences and trains on the others; nothing is chosen by test results, so there is no validation part.
    `smoke` takes the encoder's first layer and 64 sentences and shows that every arm runs. `quick` trains on 800 sentences
    and prunes half: in its 75 steps every method falls to chance at 90 %. `paper` is BERT-base on MNLI, whose files and
    weights you bring: see `pdp-study data list`.

    The paper starts pruning when validation accuracy has been above half of its ceiling for some epochs, which a
    pre-trained encoder passes within the first; here pruning starts after a tenth of training (`early` and `late` move the
    start). Methods whose sparsity is an outcome (`str`, `soft-movement`) are searched to the target, and every trial is a
    training of its own.
    """)

  Arm("dense", .dense)

  Arm("pdp-0.5", .pdp(temperature: 1e-4), .unstructured(0.5), distilling: teacher, in: [.quick, .bench])
  Arm("gmp-nested-0.5", .gmpNested, .unstructured(0.5), distilling: teacher, in: [.quick, .bench])
  Arm("movement-0.5", .movement(), .unstructured(0.5), distilling: teacher, in: [.quick, .bench])

  Arm("pdp-0.8", .pdp(temperature: 1e-4), .unstructured(0.8), distilling: teacher, in: [.bench])
  Arm("gmp-nested-0.8", .gmpNested, .unstructured(0.8), distilling: teacher, in: [.bench])
  Arm("movement-0.8", .movement(), .unstructured(0.8), distilling: teacher, in: [.bench])

  Arm(
    "pdp-0.9", .pdp(temperature: 1e-4), .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("gmp-nested-0.9", .gmpNested, .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("movement-0.9", .movement(), .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm("one-shot-0.9", .oneShot, .unstructured(0.9), distilling: teacher, in: [.smoke, .bench, .paper])
  Arm(
    "pdp-relative-0.9", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.9), distilling: teacher,
    in: [.smoke, .bench, .paper])
  for (profile, suffix, steepness) in [(ProfileName.smoke, "-smoke", 14.0), (.bench, "", 8), (.paper, "-paper", 2)] {
    Arm(
      "optg-0.9\(suffix)", .optG(steepness: steepness), .unstructured(0.9),
      schedule: Schedule(warmup: .epochs(0), ramp: .share(0.85)), distilling: teacher, in: [profile])
  }
  Arm(
    "soft-movement-0.9", .softMovement(penalty: 40), .unstructured(0.9),
    search: Search(tolerance: 0.01, trials: 6), distilling: teacher, in: [.bench, .paper])
  Arm(
    "str-0.9", .str(initial: -8, decay: 1e-3), .unstructured(0.9), search: Search(tolerance: 0.01, trials: 6),
    distilling: teacher, in: [.bench, .paper])
  Arm(
    "pdp-0.9-early", .pdp(temperature: 1e-4), .unstructured(0.9),
    schedule: Schedule(warmup: .epochs(0), ramp: .share(0.5)), distilling: teacher, in: [.bench])
  Arm(
    "pdp-0.9-late", .pdp(temperature: 1e-4), .unstructured(0.9),
    schedule: Schedule(warmup: .share(0.35), ramp: .share(0.35)), distilling: teacher, in: [.bench])
  Arm("pdp-0.9-alone", .pdp(temperature: 1e-4), .unstructured(0.9), in: [.bench])

  Arm("pdp-2of4", .pdp(temperature: 1e-4), .groups(keeping: 2, of: 4), distilling: teacher, in: [.smoke, .bench])
  Arm("sr-ste-2of4", .srSTE(), .groups(keeping: 2, of: 4), distilling: teacher, in: [.bench])
  Arm(
    "pdp-rows-0.5", .pdp(temperature: .relative(kappa: 0.005)), .channels(0.5),
    budget: .uniform(cap: 0.9), distilling: teacher, in: [.smoke, .bench])
  Arm("l2-rows-0.5", .l2Norm, .channels(0.5), budget: .uniform(cap: 0.9), distilling: teacher, in: [.bench])

  Text("## Accuracy")
  Table("Accuracy after pruning", show: .top1)
  Table("Accuracy on MNLI's mismatched part", show: .top1Mismatched)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP stays within two points of the dense network at 50 %", "pdp-0.5", beats: "dense", by: -0.02, on: .top1)
  Claim("PDP beats nested GMP at 50 %", "pdp-0.5", beats: "gmp-nested-0.5", on: .top1)
  Claim("PDP beats movement pruning at 50 %", "pdp-0.5", beats: "movement-0.5", on: .top1)
  Claim("PDP beats nested GMP at 90 %", "pdp-0.9", beats: "gmp-nested-0.9", on: .top1)
  Claim("PDP beats movement pruning at 90 %", "pdp-0.9", beats: "movement-0.9", on: .top1)
  Claim("PDP beats nested GMP at 80 %", "pdp-0.8", beats: "gmp-nested-0.8", on: .top1)
  Claim("PDP beats movement pruning at 80 %", "pdp-0.8", beats: "movement-0.8", on: .top1)
  Claim("A teacher helps", "pdp-0.9", beats: "pdp-0.9-alone", on: .top1)
  Claim("An early start beats a late one", "pdp-0.9-early", beats: "pdp-0.9-late", on: .top1)
  Figure(.claims)

  Text("## Where the weights went")
  Figure(.sparsityByMatrix)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sequenceLengths)

  Text("## MNLI and QQP in the literature")
  Published(
    "BERT-base", on: "MNLI", "pdp", .unstructured(0.9), top1: 83.1,
    source: "PDP, NeurIPS 2023, abstract", note: "\"over 83.1\"; which of its parts the abstract does not say")
  Published(
    "BERT-base", on: "MNLI", "best earlier method", .unstructured(0.9), top1: 81.5,
    source: "PDP, NeurIPS 2023, abstract")
  for (name, sparsity, matched, mismatched, accuracy, f1) in [
    ("dense", 0, 84.5, 84.9, 91.4, 88.4), ("gmp", 0.9, 78.3, 79.3, 79.8, 65.0),
    ("movement", 0.9, 80.1, 80.4, 89.7, 86.2), ("soft-movement", 0.9, 81.2, 81.8, 90.2, 86.8),
    ("gmp", 0.97, 69.4, 70.6, 72.4, 57.8), ("movement", 0.97, 76.5, 77.4, 86.1, 81.5),
    ("soft-movement", 0.97, 79.5, 80.1, 89.1, 85.5),
  ] {
    let structure: Structure? = sparsity == 0 ? nil : .unstructured(sparsity)
    let source = "huggingface/block_movement_pruning, README.md"
    let note = sparsity == 0 ? "" : "with a teacher; encoder's linear maps alone are counted"
    Published("BERT-base-uncased", on: "MNLI", name, structure, top1: matched, source: source, note: note)
    Published(
      "BERT-base-uncased", on: "MNLI", name, structure, .top1Mismatched, mismatched, source: source, note: note)
    Published("BERT-base-uncased", on: "QQP", name, structure, top1: accuracy, source: source, note: note)
    Published("BERT-base-uncased", on: "QQP", name, structure, .f1, f1, source: source, note: note)
  }
}
