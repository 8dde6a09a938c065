import StudyKit

/// The dense recipe of the STR authors, which is in none of the papers on channels but makes the tables of this workspace
/// comparable.
///
/// RAIVNLab/STR, configs/largescale: 100 epochs, batch 256, SGD with momentum 0.875 and peak rate 0.256, cosine with five
/// warm-up epochs, weight decay 3.05e-5, label smoothing 0.1. Crops of random size are left out: only the flip is built.
let strRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.875, nesterov: false, weightDecay: 3.05e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.256, warmup: .epochs(5)), labelSmoothing: 0.1, augmentation: .cropAndFlip(padding: 0),
  layers: stemDense, budget: .uniform(cap: 0.9))

/// The first convolution keeps its channels; the classifier's are the classes.
let stemDense = LayerPolicy(stem: .dense, depthwise: .pruned, classifier: .dense)

/// What depends on the scale: network slimming's penalty, and the examples that feature maps are taken from.
///
/// The authors' penalty for plain networks (VGG) on CIFAR is 1e-4 in trainings whose learning rates sum to about 3,500; at
/// bench they sum to 160, and a penalty that pulls as far is 2e-3. At smoke it only has to run.
///
/// At paper the examples are five batches of 128, as in the authors' code of HRank and CHIP. CHIP decomposes a matrix a
/// channel and example, which at that scale takes longer than an epoch.
let scales: [(profile: ProfileName, suffix: String, penalty: Double, examples: Int)] = [
  (.smoke, "-smoke", 1e-3, 8), (.bench, "", 2e-3, 50), (.paper, "-paper", 1e-4, 640),
]

let study = Study(
  "channel-mobilenet-v1",
  title: "Table 5: channel pruning of MobileNet-v1",
  question: "Does choosing channels while they learn, as PDP does, help in a network without channels to spare?",
  countsAsYes: """
    At 50 % of the channels, the paired difference between PDP and the largest filter norms chosen once is above zero \
    with its whole 95 % interval, and so is that to the geometric median and to the first-order criterion. If the \
    interval reaches zero, the answer at this scale is no: a norm taken once does as well.
    """,
  task: .imageClassification(.mobileNetV1),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: stemDense, budget: .uniform(cap: 0.9)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 600, evaluation: 200), model: .smallImages(width: 0.25), epochs: 2,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 2),
    Profile(
      .quick, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 8,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 40,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 4),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 100,
      schedule: Schedule(warmup: .epochs(16), ramp: .epochs(67)), replicates: 3, evaluateEvery: 1, recipe: strRecipe),
  ]
) {
  Text(
    """
    MobileNet-v1 is a narrow chain of depthwise and 1x1 convolutions, so that a channel that goes takes a depthwise filter
    and a slice of the next layer with it. The paper prunes its channels; at which shares and with what result, none of the
    sources that could be read says. The ratios here, 30 % and 50 %, are those at which others published.

    Much of the literature goes by operations saved instead. For orientation, on ImageNet-1k: MetaPruning 70.9 % top-1 at
    316 million multiplications, uniform width 68.4 % at 325 million (liuzechun/MetaPruning, README.md), AutoSlim 71.5 % at
    325 million (JiahuiYu/slimmable_networks, README.md).

    All arms prune at the same places: every set of channels that can go without changing another's size, of every layer the
    same share. Norms, ranks and scales of different layers have no common measure, so that a ranking over all of them would
    compare layers rather than channels. The first convolution keeps its channels, which cost next to nothing and are all
    that the network sees of the image; the classifier's outputs are the classes. Depthwise filters go with the channels that they
    filter.
    Channels really go: the exported network is smaller. The table's achieved sparsity counts channels; half of them on
    either side of a layer are three quarters of its weights, which the column beside it shows.

    - **PDP** masks channels softly by the norms of their filters. Its temperature is relative to the squared threshold,
      0.005 t²: the norms of a layer lie close together, so that at the 0.05 t² that suits single weights most channels
      are half there when the mask is made hard, and what was learnt with them is lost.
      The arm `pdp-soft-0.5` keeps 0.05: its two accuracies, `top1-soft` and `top1`, show the gap.
    - **L1, L2** norms, the geometric median (**FPGM**), the first-order change of the loss (**Taylor**), the rank of
      feature maps (**HRank**) and their independence (**CHIP**) are scores taken once, where the ramp ends, with the rest
      of the same training to recover. Their authors start from a trained network and tune it for as long as 180 epochs
      more; here every arm has the same epochs, from new weights.
    - **Slimming** draws the scales of normalisations to zero until then.
    - **GMP** by filter norms goes step by step on the ramp; **random** is the yardstick.

    ## What the profiles can and cannot show

    `paper` trains 100 epochs of ImageNet-1k with the recipe of the STR authors. `bench` and `quick` train 40 and eight
    epochs of the network at a quarter of its width on the 10,000 images of CIFAR-10's *test* set in five folds, which is
    **not the official split**. Layers of 8 to 256 channels have less to choose from than those of the full network.
    `smoke` shows that every arm runs.
    """)

  Arm("dense", .dense)

  Arm("pdp-0.5", .pdp(temperature: .relative(kappa: 0.005)), .channels(0.5))
  Arm("l1-0.5", .l1Norm, .channels(0.5))
  Arm("l2-0.5", .l2Norm, .channels(0.5), in: [.smoke, .bench, .paper])
  Arm("fpgm-0.5", .fpgm, .channels(0.5))
  Arm("gmp-0.5", .gmp, .channels(0.5), in: [.smoke, .bench, .paper])
  Arm("random-0.5", .random, .channels(0.5))
  Arm("pdp-soft-0.5", .pdp(temperature: .relative(kappa: 0.05)), .channels(0.5), in: [.smoke, .bench, .paper])
  Arm("taylor-0.5", .taylor(examples: 100), .channels(0.5))
  for scale in scales {
    Arm(
      "slimming-0.5\(scale.suffix)", .slimming(penalty: scale.penalty), .channels(0.5), in: [scale.profile])
    Arm("hrank-0.5\(scale.suffix)", .hRank(examples: scale.examples), .channels(0.5), in: [scale.profile])
    Arm("chip-0.5\(scale.suffix)", .chip(examples: scale.examples), .channels(0.5), in: [scale.profile])
  }

  Arm("pdp-0.3", .pdp(temperature: .relative(kappa: 0.005)), .channels(0.3), in: [.bench, .paper])
  Arm("l1-0.3", .l1Norm, .channels(0.3), in: [.bench, .paper])
  Arm("fpgm-0.3", .fpgm, .channels(0.3), in: [.bench, .paper])
  Arm("random-0.3", .random, .channels(0.3), in: [.bench, .paper])

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP beats L1 norms at 50 % of channels", "pdp-0.5", beats: "l1-0.5", on: .top1)
  Claim("PDP beats L2 norms at 50 % of channels", "pdp-0.5", beats: "l2-0.5", on: .top1)
  Claim("PDP beats FPGM at 50 % of channels", "pdp-0.5", beats: "fpgm-0.5", on: .top1)
  Claim("PDP beats GMP by norms at 50 % of channels", "pdp-0.5", beats: "gmp-0.5", on: .top1)
  Claim("PDP beats random channels at 50 %", "pdp-0.5", beats: "random-0.5", on: .top1)
  Claim("PDP beats Taylor at 50 % of channels", "pdp-0.5", beats: "taylor-0.5", on: .top1)
  Claim("PDP beats slimming at 50 % of channels", "pdp-0.5", beats: "slimming-0.5", on: .top1)
  Claim("PDP beats HRank at 50 % of channels", "pdp-0.5", beats: "hrank-0.5", on: .top1)
  Claim("PDP beats CHIP at 50 % of channels", "pdp-0.5", beats: "chip-0.5", on: .top1)
  Claim("PDP beats L1 norms at 30 % of channels", "pdp-0.3", beats: "l1-0.3", on: .top1)
  Claim("PDP beats random channels at 30 %", "pdp-0.3", beats: "random-0.3", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Published(
    "MobileNet-v1", on: "ImageNet-1k", "dense", top1: 71.95, source: "RAIVNLab/STR, README.md",
    note: "100 epochs, the recipe of the paper profile")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "filter pruning (1xN)", .channels(0.5), top1: 65.348,
    source: "lmbxmu/1xN, README.md", note: "rate of filters")
}
