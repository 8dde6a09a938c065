import StudyKit

/// The recipe of the SR-STE authors.
///
/// NM-sparsity/NM-sparsity, classification/configs: 120 epochs, batch 256, SGD with momentum 0.9 and peak rate 0.1, cosine
/// with five warm-up epochs, weight decay 5e-5. Crops of random size are left out: only the flip is built.
let srSTERecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.9, nesterov: false, weightDecay: 5e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.1, warmup: .epochs(5)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 0),
  layers: innerLayers, budget: .uniform(cap: 1))

/// The classifier stays dense, as in the code of SR-STE; the first convolution too, whose three input channels are no
/// group.
let innerLayers = LayerPolicy(stem: .dense, depthwise: .pruned, classifier: .dense)

let study = Study(
  "nm-resnet18",
  title: "Table 4: N:M pruning of ResNet18",
  question: "Where one weight of four stays, does PDP lose less than methods made for N:M patterns?",
  countsAsYes: """
    At 1:4, PDP's paired difference to SR-STE and to the largest weights chosen once is above zero with its whole 95 % \
    interval. The paper's abstract claims more than 3.6 points over the best method before it, at full scale.
    """,
  task: .imageClassification(.resNet18),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: innerLayers, budget: .uniform(cap: 1)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 300, evaluation: 200), model: .smallImages(width: 0.125), epochs: 2,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 2),
    Profile(
      .quick, data: .cifar10Subset.limited(training: 4000, evaluation: 2000), model: .smallImages(width: 0.25),
      epochs: 6,
      schedule: Schedule(warmup: .share(0.2), ramp: .share(0.4)), replicates: 3, evaluateEvery: 3),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 40,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 120,
      schedule: Schedule(warmup: .share(0.16), ramp: .share(0.67)), replicates: 3, evaluateEvery: 1,
      recipe: srSTERecipe),
  ]
) {
  Text(
    """
    N:M keeps N of every M consecutive weights, so that 1:4 prunes 75 %, 2:4 half and 2:8 again 75 %, with more to choose
    from. Groups run along the input channels at one output channel and kernel position, as hardware wants them; the code
    of SR-STE groups the flattened kernel instead, which its published number is from.

    The paper's abstract gives no accuracy for ResNet18, only a difference: at 1:4 more than 3.6 points above the best method
    before it. What it compares with is likely SR-STE, under another name.

    Every convolution but the first is pruned, in every arm alike, and the classifier is not: so does SR-STE but for the
    first one, whose three input channels make no group of four. Sparsity is that of the pruned layers, and the pattern
    fixes every layer's share, so that there is no budget to choose.

    - **PDP** masks softly inside every group, with the paper's temperature of 1e-4 and with one relative to the layer's mean
      squared threshold.
    - **SR-STE** holds the pattern from the first step on and lets all weights learn.
    - **ASP** cuts the trained dense network once and trains it as long again with the same recipe. So it starts from
      trained weights and has had twice the training of the others: its row is no comparison at equal cost, and no claim is
      made about it.
    - **LBC** drops combinations until half of training, as its authors do.
    - **GMP** and **one-shot** choose the largest weights of every group.

    ## What the profiles can and cannot show

    `paper` is the SR-STE recipe, 120 epochs of ImageNet-1k. `bench` trains 40 epochs with a base width of 16 channels on the
    10,000 images of CIFAR-10's *test* set in five folds, which is **not the official split**. `quick` trains six epochs on
    half of a fold's training images and only at 1:4; it can show a gap of several points. `smoke` shows that every arm
    runs.
    """)

  Arm("dense", .dense)

  Arm("pdp-1of4", .pdp(temperature: 1e-4), .groups(keeping: 1, of: 4))
  Arm("pdp-relative-1of4", .pdp(temperature: .relative(kappa: 0.05)), .groups(keeping: 1, of: 4))
  Arm("sr-ste-1of4", .srSTE(), .groups(keeping: 1, of: 4))
  Arm("one-shot-1of4", .oneShot, .groups(keeping: 1, of: 4))
  Arm(
    "asp-1of4", .asp, .groups(keeping: 1, of: 4), from: "dense",
    schedule: Schedule(warmup: .epochs(0), ramp: .epochs(0)), in: [.smoke, .bench, .paper])
  Arm(
    "lbc-1of4", .lbc, .groups(keeping: 1, of: 4), schedule: Schedule(warmup: .epochs(0), ramp: .share(0.5)),
    in: [.smoke, .bench, .paper])
  Arm("gmp-1of4", .gmp, .groups(keeping: 1, of: 4), in: [.smoke, .bench, .paper])
  Arm("random-1of4", .random, .groups(keeping: 1, of: 4), in: [.smoke, .bench, .paper])

  for (name, kept, size) in [("2of4", 2, 4), ("2of8", 2, 8)] {
    Arm("pdp-\(name)", .pdp(temperature: 1e-4), .groups(keeping: kept, of: size), in: [.smoke, .bench, .paper])
    Arm(
      "pdp-relative-\(name)", .pdp(temperature: .relative(kappa: 0.05)), .groups(keeping: kept, of: size),
      in: [.smoke, .bench, .paper])
    Arm("sr-ste-\(name)", .srSTE(), .groups(keeping: kept, of: size), in: [.smoke, .bench, .paper])
    Arm("one-shot-\(name)", .oneShot, .groups(keeping: kept, of: size), in: [.smoke, .bench, .paper])
    Arm(
      "asp-\(name)", .asp, .groups(keeping: kept, of: size), from: "dense",
      schedule: Schedule(warmup: .epochs(0), ramp: .epochs(0)), in: [.bench, .paper])
    Arm(
      "lbc-\(name)", .lbc, .groups(keeping: kept, of: size),
      schedule: Schedule(warmup: .epochs(0), ramp: .share(0.5)), in: [.bench, .paper])
    Arm("gmp-\(name)", .gmp, .groups(keeping: kept, of: size), in: [.bench, .paper])
  }

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text(
    """
    ## Claims

    The first is the paper's headline as an ordering; the margin of 3.6 points belongs to its scale. The last two are ours.
    """)
  Claim("PDP beats SR-STE at 1:4", "pdp-1of4", beats: "sr-ste-1of4", on: .top1)
  Claim("PDP beats one-shot pruning at 1:4", "pdp-1of4", beats: "one-shot-1of4", on: .top1)
  Claim("PDP beats GMP at 1:4", "pdp-1of4", beats: "gmp-1of4", on: .top1)
  Claim("PDP beats LBC at 1:4", "pdp-1of4", beats: "lbc-1of4", on: .top1)
  Claim("PDP beats SR-STE at 2:4", "pdp-2of4", beats: "sr-ste-2of4", on: .top1)
  Claim("PDP beats SR-STE at 2:8", "pdp-2of8", beats: "sr-ste-2of8", on: .top1)
  Claim("Choosing by magnitude beats choosing by lot", "one-shot-1of4", beats: "random-1of4", by: 0.02, on: .top1)
  Claim("A relative temperature beats an absolute one at 1:4", "pdp-relative-1of4", beats: "pdp-1of4", on: .top1)
  Claim("2:8 loses less than 1:4 with PDP", "pdp-2of8", beats: "pdp-1of4", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Published(
    "ResNet18", on: "ImageNet-1k", "dense", top1: 69.758, source: "torchvision, ResNet18 weights IMAGENET1K_V1",
    note: "11,689,512 parameters")
  Published(
    "ResNet18", on: "ImageNet-1k", "sr-ste", .groups(keeping: 2, of: 4), top1: 71.2,
    source: "NM-sparsity/NM-sparsity, classification/README.md", note: "groups along the flattened kernel")
}
