import StudyKit

/// The dense recipe of the STR authors, as for MobileNet-v1.
///
/// RAIVNLab/STR, configs/largescale. Crops of random size are left out: only the flip is built.
let strRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.875, nesterov: false, weightDecay: 3.05e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.256, warmup: .epochs(5)), labelSmoothing: 0.1, augmentation: .cropAndFlip(padding: 0),
  layers: .everyLayer, budget: .global(cap: 0.98))

let study = Study(
  "ablations",
  title: "What PDP's choices are worth: MobileNet-v1 at 95 %",
  question: "Which temperature does PDP need, and what do its warm-up, ramp, threshold and budget contribute?",
  countsAsYes: """
    A choice counts if its paired difference to the reference, PDP with tau = 0.05 t^2 and everything else as the profile \
    says, lies on one side of zero with its whole 95 % interval. The absolute temperatures count as \
    insufficient if one relative to t^2 beats each of them.
    """,
  task: .imageClassification(.mobileNetV1),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 500, evaluation: 200), model: .smallImages(width: 0.25), epochs: 3,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 1, evaluateEvery: 3),
    Profile(
      .quick, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 8,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 40,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 2),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 100,
      schedule: Schedule(warmup: .epochs(16), ramp: .epochs(67)), replicates: 3, evaluateEvery: 1, recipe: strRecipe),
  ]
) {
  Text(
    """
    PDP has no learnt parameter, but it has choices. The paper gives a temperature between 1e-5 and 1e-4, sixteen epochs of
    warm-up and a ramp of 67 of its hundred epochs. This study changes one choice at a time, on MobileNet-v1 at 95 % sparsity,
    where they matter most. The reference is `kappa-0.05`: tau = 0.05 t^2 in every layer, the threshold a constant of the
    backward pass, the profile's warm-up and ramp, and a global budget in which no layer loses more than 98 %. Every
    convolution and the classifier are pruned in every arm.

    - **Temperature.** `tau-...` are absolute, as in the paper; `kappa-...` are relative to the layer's squared threshold.
      The same absolute value is sharp in a layer of large weights and blurs one of small weights. What `tau / t^2` came to,
      layer by layer, is in the database: `SELECT name, step, relativeTemperature FROM v_layer_stats WHERE run = '...'`.
    - **Threshold.** `attached` lets the gradient of the mask reach the two weights that define the threshold, as an
      automatic derivative of the formula would; the default holds it constant.
    - **Warm-up and ramp.** `no-warmup` and `long-warmup` move the start of pruning and keep its end; `fast-ramp` and
      `slow-ramp` keep its start and move its end. What is left after the ramp is for recovery.
    - **Budget.** `erk` and `uniform` take the place of the global ranking; `cap-0.96` and `cap-0.995` move its cap.
    - `gmp-nested` has the reference's schedule and budget, and cuts weights off.

    ## From the soft to the hard mask

    PDP trains with a soft mask and is exported with a hard one. Every run records both accuracies at each evaluation: `top1`
    with the weights as they would be exported, `top1-soft` as the network computes in training. Their difference at the
    end is what hardening costs:

    `SELECT run, name, value FROM v_metrics WHERE name IN ('top1', 'top1-soft') AND split = 'test' ORDER BY run, step`

    The last rows of a run are the ones to compare. The higher the temperature, the more the soft network leans on weights
    that the hard one lacks.

    ## What the profiles can and cannot show

    `bench` and `quick` train the network at a quarter of its width on the 10,000 images of CIFAR-10's *test* set in five
    folds, **not the official split**, for 40 and eight epochs; `quick` has the temperatures and two budgets. In eight epochs
    the ramp is over after four, so that little is to be learnt about schedules there. `smoke` shows that every arm
    runs. `paper` is the recipe of Table 1, and leaves out the arms whose schedules are made for the small profiles.
    """)

  Arm("dense", .dense)

  Arm("kappa-0.05", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95))
  Arm("kappa-0.01", .pdp(temperature: .relative(kappa: 0.01)), .unstructured(0.95), in: [.smoke, .bench, .paper])
  Arm("kappa-0.2", .pdp(temperature: .relative(kappa: 0.2)), .unstructured(0.95))
  Arm("kappa-1", .pdp(temperature: .relative(kappa: 1)), .unstructured(0.95), in: [.smoke, .bench, .paper])
  Arm("tau-1e-3", .pdp(temperature: 1e-3), .unstructured(0.95))
  Arm("tau-1e-4", .pdp(temperature: 1e-4), .unstructured(0.95))
  Arm("tau-1e-5", .pdp(temperature: 1e-5), .unstructured(0.95))

  Arm(
    "attached", .pdp(temperature: .relative(kappa: 0.05), threshold: .attached), .unstructured(0.95),
    in: [.smoke, .bench, .paper])
  Arm(
    "tau-1e-4-attached", .pdp(temperature: 1e-4, threshold: .attached), .unstructured(0.95),
    in: [.smoke, .bench, .paper])

  Arm(
    "no-warmup", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95),
    schedule: Schedule(warmup: .share(0), ramp: .share(0.5)), in: [.smoke, .bench])
  Arm(
    "long-warmup", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95),
    schedule: Schedule(warmup: .share(0.3), ramp: .share(0.2)), in: [.smoke, .bench])
  Arm(
    "fast-ramp", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95),
    schedule: Schedule(warmup: .share(0.15), ramp: .share(0.1)), in: [.smoke, .bench])
  Arm(
    "slow-ramp", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95),
    schedule: Schedule(warmup: .share(0.15), ramp: .share(0.68)), in: [.smoke, .bench])

  Arm(
    "erk", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), budget: .erk(cap: 0.98))
  Arm(
    "uniform", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), budget: .uniform(cap: 0.98))
  Arm(
    "cap-0.96", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), budget: .global(cap: 0.96),
    in: [.smoke, .bench, .paper])
  Arm(
    "cap-0.995", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), budget: .global(cap: 0.995),
    in: [.smoke, .bench, .paper])

  Arm("gmp-nested", .gmpNested, .unstructured(0.95))

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("A relative temperature beats 1e-3", "kappa-0.05", beats: "tau-1e-3", on: .top1)
  Claim("A relative temperature beats 1e-4", "kappa-0.05", beats: "tau-1e-4", on: .top1)
  Claim("A relative temperature beats 1e-5", "kappa-0.05", beats: "tau-1e-5", on: .top1)
  Claim("kappa = 0.05 beats 0.2", "kappa-0.05", beats: "kappa-0.2", on: .top1)
  Claim("kappa = 0.05 beats 0.01", "kappa-0.05", beats: "kappa-0.01", on: .top1)
  Claim("kappa = 0.05 beats 1", "kappa-0.05", beats: "kappa-1", on: .top1)
  Claim("A global budget beats ERK", "kappa-0.05", beats: "erk", on: .top1)
  Claim("A global budget beats a uniform one", "kappa-0.05", beats: "uniform", on: .top1)
  Claim("PDP with a relative temperature beats nested GMP", "kappa-0.05", beats: "gmp-nested", on: .top1)
  Claim("A constant threshold beats an attached one", "kappa-0.05", beats: "attached", on: .top1)
  Claim("A warm-up beats none", "kappa-0.05", beats: "no-warmup", on: .top1)
  Claim("A slow ramp beats a fast one", "slow-ramp", beats: "fast-ramp", on: .top1)
  Claim("A cap of 98 % beats one of 99.5 %", "kappa-0.05", beats: "cap-0.995", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)
}
