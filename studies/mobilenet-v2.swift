import StudyKit

/// torchvision's reference recipe for MobileNet-v2.
///
/// pytorch/vision, references/classification/README.md: 300 epochs on 8 GPUs, rate 0.045 times 0.98 an epoch, weight
/// decay 4e-5. Momentum 0.9 and 32 images a GPU are the script's defaults. Crops of random size are left out: only the flip
/// is built.
let torchvisionRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.9, nesterov: false, weightDecay: 4e-5, on: .allParameters),
  learningRate: .step(
    peak: 0.045, warmup: .epochs(0), milestones: (1..<300).map { .epochs(Double($0)) }, factor: 0.98),
  labelSmoothing: 0, augmentation: .cropAndFlip(padding: 0), layers: .everyLayer, budget: .global(cap: 0.98))

let study = Study(
  "mobilenet-v2",
  title: "Table 1: unstructured pruning of MobileNet-v2",
  question: "Does PDP keep more accuracy than magnitude pruning in a network of inverted residual blocks?",
  countsAsYes: """
    At 80 %, PDP's paired difference to nested gradual magnitude pruning and to one-shot pruning is above zero with its \
    whole 95 % interval.
    """,
  task: .imageClassification(.mobileNetV2),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 300, evaluation: 100), model: .smallImages(width: 0.25), epochs: 2,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 2),
    Profile(
      .quick, data: .cifar10Subset.limited(training: 3000, evaluation: 1000), model: .smallImages(width: 0.25),
      epochs: 6, schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 3),
    Profile(
      .bench, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 40,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 2),
    Profile(
      .paper, data: .imageNet, model: .imageNet(width: 1), epochs: 300,
      schedule: Schedule(warmup: .share(0.16), ramp: .share(0.67)), replicates: 3, evaluateEvery: 1,
      recipe: torchvisionRecipe),
  ]
) {
  Text(
    """
    MobileNet-v2 has 3.5 million parameters, a third of them in its classifier, and linear bottlenecks that carry
    everything from block to block in few channels. The paper prunes it without structure; none of the sources that could be
    read says at which sparsities, so these are the ones at which others published: 50 %, 80 % and 90 %.

    Every convolution and the classifier are pruned, the first one and the depthwise ones too, as for MobileNet-v1: the
    shares of the published magnitude results count them, and one policy for both networks keeps the two parts of the
    table comparable. At a quarter of the width the last convolution is not narrowed (its 1280 channels are MobileNet-v2's
    rule) and holds nearly half of all weights, so a global ranking takes most from there.

    ## What the profiles can and cannot show

    `paper` follows torchvision's recipe for this network, 300 epochs of ImageNet-1k, with PDP's warm-up and ramp in the
    proportions of its 100 epochs. `bench` trains 40 epochs of the network at a quarter of its width on the 10,000 images of
    CIFAR-10's *test* set in five folds, which is **not the official split**; `quick` six epochs of 3,000 images,
    which shows methods at work and orders of several points, no more. `smoke` shows that every arm runs.
    """)

  Arm("dense", .dense)

  Arm("pdp-0.5", .pdp(temperature: 1e-4), .unstructured(0.5), in: [.bench, .paper])
  Arm("gmp-0.5", .gmp, .unstructured(0.5), in: [.bench, .paper])

  Arm("pdp-0.8", .pdp(temperature: 1e-4), .unstructured(0.8))
  Arm("pdp-relative-0.8", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.8))
  Arm("gmp-nested-0.8", .gmpNested, .unstructured(0.8))
  Arm("gmp-0.8", .gmp, .unstructured(0.8), in: [.smoke, .bench, .paper])
  Arm("one-shot-0.8", .oneShot, .unstructured(0.8))
  Arm("random-0.8", .random, .unstructured(0.8), in: [.smoke, .bench, .paper])
  Arm("ac-dc-0.8", .acdc, .unstructured(0.8), in: [.smoke, .bench, .paper])
  Arm("snip-0.8", .snip(), .unstructured(0.8), in: [.smoke, .bench, .paper])

  Arm("pdp-0.9", .pdp(temperature: 1e-4), .unstructured(0.9), in: [.smoke, .bench, .paper])
  Arm(
    "pdp-relative-0.9", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.9), in: [.smoke, .bench, .paper])
  Arm("gmp-nested-0.9", .gmpNested, .unstructured(0.9), in: [.smoke, .bench, .paper])

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text("## Claims")
  Claim("PDP beats nested GMP at 80 %", "pdp-0.8", beats: "gmp-nested-0.8", on: .top1)
  Claim("PDP beats one-shot pruning at 80 %", "pdp-0.8", beats: "one-shot-0.8", on: .top1)
  Claim("A relative temperature beats an absolute one at 80 %", "pdp-relative-0.8", beats: "pdp-0.8", on: .top1)
  Claim("PDP beats GMP at 80 %", "pdp-0.8", beats: "gmp-0.8", on: .top1)
  Claim("PDP beats AC/DC at 80 %", "pdp-0.8", beats: "ac-dc-0.8", on: .top1)
  Claim("PDP beats SNIP at 80 %", "pdp-0.8", beats: "snip-0.8", on: .top1)
  Claim("Choosing by magnitude beats choosing by lot", "one-shot-0.8", beats: "random-0.8", by: 0.02, on: .top1)
  Claim("PDP beats nested GMP at 90 %", "pdp-0.9", beats: "gmp-nested-0.9", on: .top1)
  Claim("A relative temperature beats an absolute one at 90 %", "pdp-relative-0.9", beats: "pdp-0.9", on: .top1)
  Figure(.claims)

  Text("## How the networks got there")
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)
  Figure(.sparsityByLayerAndStep)

  Published(
    "MobileNet-v2", on: "ImageNet-1k", "dense", top1: 71.878,
    source: "torchvision, MobileNet_V2 weights IMAGENET1K_V1", note: "3,504,872 parameters")
  Published(
    "MobileNet-v2", on: "ImageNet-1k", "gmp", .unstructured(0.5), top1: 69.64,
    source: "tensorflow/model-optimization, g3doc/guide/pruning/index.md", note: "from a dense model at 71.77")
  Published(
    "MobileNet-v2", on: "ImageNet-1k", "RB sparsity (NNCF)", .unstructured(0.5), top1: 71.34,
    source: "openvinotoolkit/nncf, docs/ModelZoo.md", note: "from a dense model at 71.85")
  for (sparsity, top1) in [(0.5, 71.15), (0.6, 70.15), (0.7, 68.57), (0.8, 65.85), (0.9, 59.73)] {
    Published(
      "MobileNet-v2", on: "ImageNet-1k", "magnitude pruning (1xN)", .unstructured(sparsity), top1: top1,
      source: "lmbxmu/1xN, raw_data_fig4/mobv2_top1.py", note: "from a dense model at 71.737")
  }
}
