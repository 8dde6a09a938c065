import StudyKit

/// The dense recipe of the STR authors, which AC/DC and others share.
///
/// RAIVNLab/STR, configs/largescale: 100 epochs, batch 256, SGD with momentum 0.875 and peak rate 0.256, cosine with five
/// warm-up epochs, weight decay 3.05e-5, label smoothing 0.1. Crops of random size are left out: only the flip is built.
let strRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.875, nesterov: false, weightDecay: 3.05e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.256, warmup: .epochs(5)), labelSmoothing: 0.1, augmentation: .cropAndFlip(padding: 0),
  layers: .everyLayer, budget: .global(cap: 0.98))

/// What depends on the length of training: steps from one exchange of weights to the next, and the steepness of OptG's
/// sigmoid an epoch.
///
/// RigL exchanges 6, 24 and 235 times in the first 75 % of training: at paper every 1600 steps of 256 images, which are
/// the authors' 100 steps of 4096. GraNet exchanges 4, 64 and 250 times in all of it, at paper as often as
/// VITA-Group/GraNet.
let lengths: [(profile: ProfileName, suffix: String, rigL: Int, graNet: Int, steepness: Double)] = [
  (.smoke, "-smoke", 1, 2, 14), (.bench, "", 100, 50, 0.5), (.paper, "-paper", 1600, 2000, 1),
]

let study = Study(
  "resnet50",
  title: "Table 2: unstructured pruning of ResNet50",
  question: "At 90 % sparsity of the network that most papers prune, does PDP keep accuracy that others lose?",
  countsAsYes: """
    At 90 %, PDP's paired difference to nested gradual magnitude pruning, to one-shot pruning and to AC/DC is above zero \
    with its whole 95 % interval.
    """,
  task: .imageClassification(.resNet50),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 300, evaluation: 100), model: .smallImages(width: 0.125), epochs: 2,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 2),
    Profile(
      .quick, data: .cifar10Subset.limited(training: 2500, evaluation: 1000), model: .smallImages(width: 0.125),
      epochs: 8, schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.125), epochs: 40,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 100,
      schedule: Schedule(warmup: .epochs(16), ramp: .epochs(67)), replicates: 3, evaluateEvery: 1, recipe: strRecipe),
  ]
) {
  Text(
    """
    ResNet50 has 25.6 million parameters in bottleneck blocks, and no other network has been pruned as often. The paper's
    numbers for it could not be read in any source; the sparsities here are those at which the methods of its comparison
    were published by their authors: 80 %, 90 % and 95 %.

    Every convolution and the classifier are pruned, in every arm alike: STR, AC/DC with its global ranking and
    DNW's main results count all of them. RigL's uniform and AC/DC's uniform results leave layers dense and count the rest
    only, so those stand in the table of published values under names of their own.

    ## What the profiles can and cannot show

    `paper` is the recipe of the STR authors, 100 epochs of ImageNet-1k, sixteen of them before pruning and 67 for the ramp.
    `bench` trains 40 epochs of the network with a base width of 8 channels, not 64, on the 10,000 images of CIFAR-10's *test*
    set in five folds, which is **not the official split**. `quick` trains it for eight epochs on 2,500 images: at
    25 steps an epoch fifty layers have hardly begun to learn, so that it shows methods at work and
    orders of several points, no more. `smoke` shows that every arm runs.

    DNW takes the same share of every layer from the first step on; RigL and GraNet share out by the Erdős-Rényi kernel rule,
    which keeps more operations at the same number of weights. Each is as its authors do. OptG ramps on a sigmoid that ends at
    80 % of training, GraNet from the first step until 30 % of training, as on ImageNet in VITA-Group/GraNet. STR's sparsity
    is an outcome: it runs at `paper`, from the authors' configuration for 90.23 %, with a search around it.
    """)

  Arm("dense", .dense)

  Arm("pdp-0.8", .pdp(temperature: 1e-4), .unstructured(0.8), in: [.bench, .paper])
  Arm("gmp-nested-0.8", .gmpNested, .unstructured(0.8), in: [.bench, .paper])

  Arm("pdp-0.9", .pdp(temperature: 1e-4), .unstructured(0.9))
  Arm(
    "pdp-relative-0.9", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.9), in: [.smoke, .bench, .paper])
  Arm("gmp-nested-0.9", .gmpNested, .unstructured(0.9))
  Arm("one-shot-0.9", .oneShot, .unstructured(0.9))
  Arm("ac-dc-0.9", .acdc, .unstructured(0.9))
  Arm("gmp-0.9", .gmp, .unstructured(0.9), in: [.smoke, .bench, .paper])
  Arm("random-0.9", .random, .unstructured(0.9), in: [.smoke, .bench, .paper])
  Arm("dnw-0.9", .dnw, .unstructured(0.9), budget: .uniform(cap: 0.98), in: [.smoke, .bench, .paper])
  Arm(
    "str-0.9", .str(initial: -3200, decay: 2.2517578e-5), .unstructured(0.9),
    search: Search(tolerance: 0.01, trials: 4), in: [.paper])
  for length in lengths {
    Arm(
      "rigl-0.9\(length.suffix)", .rigL(interval: length.rigL), .unstructured(0.9), budget: .erk(cap: 1),
      in: [length.profile])
    Arm(
      "granet-0.9\(length.suffix)", .graNet(interval: length.graNet), .unstructured(0.9),
      schedule: Schedule(warmup: .epochs(0), ramp: .share(0.3)), budget: .erk(cap: 1), in: [length.profile])
    Arm(
      "optg-0.9\(length.suffix)", .optG(steepness: length.steepness), .unstructured(0.9),
      schedule: Schedule(warmup: .epochs(0), ramp: .share(0.8)), in: [length.profile])
  }

  Arm("pdp-0.95", .pdp(temperature: 1e-4), .unstructured(0.95), in: [.bench, .paper])
  Arm("pdp-relative-0.95", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), in: [.bench, .paper])
  Arm("gmp-nested-0.95", .gmpNested, .unstructured(0.95), in: [.bench, .paper])
  Arm("ac-dc-0.95", .acdc, .unstructured(0.95), in: [.bench, .paper])

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP beats nested GMP at 90 %", "pdp-0.9", beats: "gmp-nested-0.9", on: .top1)
  Claim("PDP beats one-shot pruning at 90 %", "pdp-0.9", beats: "one-shot-0.9", on: .top1)
  Claim("PDP beats AC/DC at 90 %", "pdp-0.9", beats: "ac-dc-0.9", on: .top1)
  Claim("A relative temperature beats an absolute one at 90 %", "pdp-relative-0.9", beats: "pdp-0.9", on: .top1)
  Claim("PDP beats GMP at 90 %", "pdp-0.9", beats: "gmp-0.9", on: .top1)
  Claim("PDP beats DNW at 90 %", "pdp-0.9", beats: "dnw-0.9", on: .top1)
  Claim("PDP beats RigL at 90 %", "pdp-0.9", beats: "rigl-0.9", on: .top1)
  Claim("PDP beats GraNet at 90 %", "pdp-0.9", beats: "granet-0.9", on: .top1)
  Claim("PDP beats OptG at 90 %", "pdp-0.9", beats: "optg-0.9", on: .top1)
  Claim("Choosing by magnitude beats choosing by lot", "one-shot-0.9", beats: "random-0.9", by: 0.02, on: .top1)
  Claim("PDP beats nested GMP at 95 %", "pdp-0.95", beats: "gmp-nested-0.95", on: .top1)
  Claim("PDP beats AC/DC at 95 %", "pdp-0.95", beats: "ac-dc-0.95", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Published(
    "ResNet50", on: "ImageNet-1k", "dense", top1: 77.01, source: "RAIVNLab/STR, README.md",
    note: "100 epochs, the recipe of the paper profile")
  Published(
    "ResNet50", on: "ImageNet-1k", "dense (torchvision)", top1: 76.13,
    source: "torchvision, ResNet50 weights IMAGENET1K_V1", note: "25,557,032 parameters")
  for (sparsity, top1) in [(0.8127, 76.12), (0.9023, 74.31), (0.9515, 70.23)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "str", .unstructured(sparsity), top1: top1, source: "RAIVNLab/STR, README.md",
      note: "100 epochs")
  }
  for (sparsity, top1) in [(0.8, 76.45), (0.9, 75.03), (0.95, 73.14)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "ac-dc", .unstructured(sparsity), top1: top1,
      source: "IST-DASLab/ACDC, README.md", note: "100 epochs, global magnitude")
  }
  for (sparsity, top1) in [(0.9, 75.04), (0.95, 73.28)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "AC/DC (uniform)", .unstructured(sparsity), top1: top1,
      source: "IST-DASLab/ACDC, README.md", note: "100 epochs; first and last layer dense and not counted")
  }
  for (sparsity, top1) in [(0.9, 74.55), (0.95, 72.45)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "optg", .unstructured(sparsity), top1: top1, source: "zyxxmu/OptG, README.md",
      note: "100 epochs")
  }
  for (sparsity, top1) in [(0.8, 76.158), (0.9, 74.026)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "dnw", .unstructured(sparsity), top1: top1,
      source: "allenai/dnw, imagenet_sparsity_experiments/README.md", note: "100 epochs, every layer alike")
  }
  for (sparsity, top1) in [(0.8, 75.58), (0.9, 73.91), (0.95, 70.59)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "gmp", .unstructured(sparsity), top1: top1,
      source: "google-research/google-research, state_of_sparsity/README.md",
      note: "standard schedule, best of a sweep of hyperparameters")
  }
  for (sparsity, top1) in [(0.8, 70.21), (0.9, 65), (0.95, 58.04)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "random", .unstructured(sparsity), top1: top1,
      source: "google-research/google-research, state_of_sparsity/README.md")
  }
  for (sparsity, top1) in [(0.8, 75.12), (0.9, 73.07)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "rigl", .unstructured(sparsity), top1: top1,
      source: "google-research/rigl, README.md", note: "ERK, 100 epochs")
  }
  for (sparsity, top1) in [(0.8, 77.17), (0.9, 76.42), (0.95, 74.63)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "RigL 5x (ERK)", .unstructured(sparsity), top1: top1,
      source: "google-research/rigl, README.md", note: "500 epochs")
  }
  for (sparsity, top1) in [(0.8, 76.95), (0.9, 76.03), (0.95, 74.46)] {
    Published(
      "ResNet50", on: "ImageNet-1k", "ST-3", .unstructured(sparsity), top1: top1,
      source: "vanderschuea/stthree, README.md", note: "100 epochs")
  }
}
