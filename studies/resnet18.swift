import StudyKit

/// The dense recipe of the STR authors, as for MobileNet-v1; none of the sources read gives one for ResNet18.
///
/// RAIVNLab/STR, configs/largescale. Crops of random size are left out: only the flip is built.
let strRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.875, nesterov: false, weightDecay: 3.05e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.256, warmup: .epochs(5)), labelSmoothing: 0.1, augmentation: .cropAndFlip(padding: 0),
  layers: .everyLayer, budget: .global(cap: 0.98))

/// What depends on the length of training: steps from one exchange of RigL to the next (9, 24 and 235 exchanges), and the
/// steepness of OptG's sigmoid an epoch, which has all but ended where pruning has to be done.
let lengths: [(profile: ProfileName, suffix: String, interval: Int, steepness: Double)] = [
  (.smoke, "-smoke", 1, 14), (.bench, "", 100, 0.5), (.paper, "-paper", 1600, 1),
]

let study = Study(
  "resnet18",
  title: "Table 2: unstructured pruning of ResNet18",
  question: "Does what PDP gains on MobileNet-v1 carry over to a network with room to spare?",
  countsAsYes: """
    At 85.5 %, PDP's paired difference to nested gradual magnitude pruning and to one-shot pruning is above zero with its \
    whole 95 % interval. A difference that is there on MobileNet-v1 and not here would say that PDP pays where weights \
    are scarce.
    """,
  task: .imageClassification(.resNet18),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 400, evaluation: 200), model: .smallImages(width: 0.125), epochs: 2,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 2),
    Profile(
      .quick, data: .cifar10Subset.limited(training: 4000, evaluation: 2000), model: .smallImages(width: 0.25),
      epochs: 6,
      schedule: Schedule(warmup: .share(0.2), ramp: .share(0.4)), replicates: 3, evaluateEvery: 3),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 40,
      schedule: Schedule(warmup: .epochs(6), ramp: .epochs(14)), replicates: 3, evaluateEvery: 2),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 100,
      schedule: Schedule(warmup: .epochs(16), ramp: .epochs(67)), replicates: 3, evaluateEvery: 1, recipe: strRecipe),
  ]
) {
  Text(
    """
    ResNet18 has nearly three times the weights of MobileNet-v1 and no depthwise layers, so the same share pruned hurts it
    less. An earlier version of the paper reports 69.5 % top-1 on ImageNet-1k at 85.5 % sparsity, next to a dense network
    at 69.8 %.

    Every convolution, those of the shortcuts too, and the classifier are pruned: the published sparsities of this network
    count all of them. All arms share initial weights, data order, recipe and, but for the methods named below, the budget.

    ## What the profiles can and cannot show

    The small profiles train the network with a base width of 16 instead of 64 channels, on the 10,000 images of CIFAR-10's
    *test* set in five folds. This is **not the official split**. `quick` trains six epochs on half of a fold's training
    images, which is enough to see each method work and too little to tell close ones apart; the claims are for `bench` and
    beyond. `smoke` takes half of that width and shows that every arm runs. `paper` is ImageNet-1k at full width with the
    recipe of the STR authors, as for MobileNet-v1.

    DNW takes the same share of every layer from the first step on, and RigL shares out by the Erdős-Rényi kernel rule, each
    as its authors do. OptG ramps on a sigmoid that ends at 85 % of training.
    """)

  Arm("dense", .dense)
  Arm("pdp-0.855", .pdp(temperature: 1e-4), .unstructured(0.855))
  Arm("gmp-nested-0.855", .gmpNested, .unstructured(0.855))
  Arm("one-shot-0.855", .oneShot, .unstructured(0.855))
  Arm("ac-dc-0.855", .acdc, .unstructured(0.855))
  Arm(
    "pdp-relative-0.855", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.855),
    in: [.smoke, .bench, .paper])
  Arm("gmp-0.855", .gmp, .unstructured(0.855), in: [.smoke, .bench, .paper])
  Arm("random-0.855", .random, .unstructured(0.855), in: [.smoke, .bench, .paper])
  Arm("dnw-0.855", .dnw, .unstructured(0.855), budget: .uniform(cap: 0.98), in: [.smoke, .bench, .paper])
  Arm("snip-0.855", .snip(), .unstructured(0.855), in: [.smoke, .bench, .paper])
  for (profile, suffix, interval, steepness) in lengths {
    Arm(
      "rigl-0.855\(suffix)", .rigL(interval: interval), .unstructured(0.855), budget: .erk(cap: 1), in: [profile])
    Arm(
      "optg-0.855\(suffix)", .optG(steepness: steepness), .unstructured(0.855),
      schedule: Schedule(warmup: .epochs(0), ramp: .share(0.85)), in: [profile])
  }

  Arm("pdp-0.95", .pdp(temperature: 1e-4), .unstructured(0.95), in: [.bench, .paper])
  Arm("gmp-nested-0.95", .gmpNested, .unstructured(0.95), in: [.bench, .paper])
  Arm("pdp-relative-0.95", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), in: [.bench, .paper])

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP beats nested GMP at 85.5 %", "pdp-0.855", beats: "gmp-nested-0.855", on: .top1)
  Claim("PDP beats one-shot pruning at 85.5 %", "pdp-0.855", beats: "one-shot-0.855", on: .top1)
  Claim("PDP beats AC/DC at 85.5 %", "pdp-0.855", beats: "ac-dc-0.855", on: .top1)
  Claim("PDP beats GMP at 85.5 %", "pdp-0.855", beats: "gmp-0.855", on: .top1)
  Claim("PDP beats DNW at 85.5 %", "pdp-0.855", beats: "dnw-0.855", on: .top1)
  Claim("PDP beats RigL at 85.5 %", "pdp-0.855", beats: "rigl-0.855", on: .top1)
  Claim("PDP beats OptG at 85.5 %", "pdp-0.855", beats: "optg-0.855", on: .top1)
  Claim("Choosing by magnitude beats choosing by lot", "one-shot-0.855", beats: "random-0.855", by: 0.02, on: .top1)
  Claim("PDP beats nested GMP at 95 %", "pdp-0.95", beats: "gmp-nested-0.95", on: .top1)
  Claim("A relative temperature beats an absolute one at 95 %", "pdp-relative-0.95", beats: "pdp-0.95", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Published(
    "ResNet18", on: "ImageNet-1k", "IDP", .unstructured(0.855), top1: 69.5,
    source: "earlier version of the paper on OpenReview, puguRjbs6Rg, abstract",
    note: "0.8 points above the best earlier method at the same training budget; IDP is PDP's first name")
  Published(
    "ResNet18", on: "ImageNet-1k", "dense", top1: 69.758, source: "torchvision, ResNet18 weights IMAGENET1K_V1",
    note: "11,689,512 parameters")
  Published(
    "ResNet18", on: "ImageNet-1k", "gmp", .unstructured(0.599), top1: 69.87,
    source: "IntelLabs/distiller, examples/agp-pruning/README.md", note: "from a dense model at 69.76")
}
