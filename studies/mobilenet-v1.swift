import StudyKit

/// The dense recipe of the STR authors, which the literature on pruning MobileNet-v1 and ResNet50 mostly shares.
///
/// RAIVNLab/STR, configs/largescale: 100 epochs, batch 256, SGD with momentum 0.875 and peak rate 0.256, cosine with five
/// warm-up epochs, weight decay 3.05e-5, label smoothing 0.1. Crops of random size are left out: only the flip is built.
let strRecipe = Recipe(
  batch: 256, optimizer: .sgd(momentum: 0.875, nesterov: false, weightDecay: 3.05e-5, on: .allParameters),
  learningRate: .cosine(peak: 0.256, warmup: .epochs(5)), labelSmoothing: 0.1, augmentation: .cropAndFlip(padding: 0),
  layers: .everyLayer, budget: .global(cap: 0.98))

let study = Study(
  "mobilenet-v1",
  title: "Table 1: unstructured pruning of MobileNet-v1",
  question: "At 86.6 % sparsity and beyond, does PDP keep accuracy that other methods lose?",
  countsAsYes: """
    At 86.6 %, the paired difference between PDP and every other method, on the same seeds and the same data, is above \
    zero with its whole 95 % interval. If PDP and gradual magnitude pruning cannot be told apart, the answer at this \
    scale is no: the simpler method does as well.
    """,
  task: .imageClassification(.mobileNetV1),
  recipe: Recipe(
    batch: 100, optimizer: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4, on: .allParameters),
    learningRate: .cosine(peak: 0.1, warmup: .share(0.05)), labelSmoothing: 0, augmentation: .cropAndFlip(padding: 4),
    layers: .everyLayer, budget: .global(cap: 0.98)),
  profiles: [
    Profile(
      .smoke, data: .fashionMNIST.limited(training: 2000, evaluation: 500), model: .smallImages(width: 0.25), epochs: 3,
      schedule: Schedule(warmup: .epochs(0.5), ramp: .epochs(1)), replicates: 1, evaluateEvery: 1),
    Profile(
      .quick, data: .cifar10Subset, model: .smallImages(width: 0.25), epochs: 12,
      schedule: Schedule(warmup: .share(0.15), ramp: .share(0.35)), replicates: 3, evaluateEvery: 2),
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
    MobileNet-v1 is the hardest of the vision networks that the paper prunes: it is small to begin with, and its depthwise
    layers have few weights to spare. The paper reports 68.2 % top-1 on ImageNet-1k at 86.6 % sparsity, 1.7 points above
    the best method before it.

    PDP computes with a soft mask, `sigmoid((w^2 - t^2) / tau)`, whose threshold follows the weights at every step. It adds
    no parameter, so the question is whether letting weights at the border keep learning is worth anything over gradual
    magnitude pruning (GMP), which cuts them off. All methods here share initial weights, data order, budget and schedule;
    only the choice of weights differs.
    """)

  Text(
    """
    ## What the profiles can and cannot show

    Only the `paper` profile trains what the paper trained: ImageNet-1k at 224 pixels, full width, 100 epochs, sixteen of
    them before pruning and 67 for the ramp (its rate of 0.015 an epoch). It needs ImageNet-1k from the user.

    `bench` and `quick` train a network of a quarter of the width on 32x32 images, for 40 and 12 epochs. Their data are the
    10,000 images of CIFAR-10's *test* set in five folds, 8,000 to train on and 2,000 to be tested on. This is **not the
    official split** of CIFAR-10, and no accuracy here should be put beside one from the official split. `smoke` trains three
    short epochs on two thousand images of Fashion-MNIST and shows that every arm runs, nothing else.

    So the published numbers below stand beside ours without a score unless the profile is `paper`. What the smaller
    profiles do test is the order of the methods, with the claims fixed before the runs.
    """)

  Arm("dense", .dense)

  Arm("pdp-0.866", .pdp(temperature: 1e-4), .unstructured(0.866))
  Arm("gmp-nested-0.866", .gmpNested, .unstructured(0.866))
  Arm("gmp-0.866", .gmp, .unstructured(0.866), in: [.smoke, .bench, .paper])
  Arm("one-shot-0.866", .oneShot, .unstructured(0.866))
  Arm("random-0.866", .random, .unstructured(0.866), in: [.smoke, .bench, .paper])

  Arm("pdp-0.95", .pdp(temperature: 1e-4), .unstructured(0.95))
  Arm("pdp-sharp-0.95", .pdp(temperature: 1e-5), .unstructured(0.95), in: [.smoke, .bench, .paper])
  Arm(
    "pdp-relative-0.95", .pdp(temperature: .relative(kappa: 0.05)), .unstructured(0.95), in: [.smoke, .bench, .paper])
  Arm("gmp-nested-0.95", .gmpNested, .unstructured(0.95))

  Text("## Accuracy")
  Table("Top-1 accuracy after pruning", show: .top1)
  Figure(.accuracyVersusSparsity)

  Text(
    """
    ## Claims

    The first four are the paper's, as orderings. The fifth is ours: the temperature only means something beside the
    squared threshold, which grows with the sparsity, so a temperature given relative to it, `tau = kappa t^2` a layer,
    should lose less at 95 % than the paper's absolute 1e-4; the sixth looks at the other published value, 1e-5. The seventh
    checks the yardstick: whoever cannot beat random weights has measured nothing.
    """)
  Claim("PDP beats nested GMP at 86.6 %", "pdp-0.866", beats: "gmp-nested-0.866", on: .top1)
  Claim("PDP beats GMP at 86.6 %", "pdp-0.866", beats: "gmp-0.866", on: .top1)
  Claim("PDP beats one-shot pruning at 86.6 %", "pdp-0.866", beats: "one-shot-0.866", on: .top1)
  Claim("PDP beats nested GMP at 95 %", "pdp-0.95", beats: "gmp-nested-0.95", on: .top1)
  Claim("A relative temperature beats an absolute one at 95 %", "pdp-relative-0.95", beats: "pdp-0.95", on: .top1)
  Claim("A temperature of 1e-4 beats 1e-5 at 95 %", "pdp-0.95", beats: "pdp-sharp-0.95", on: .top1)
  Claim("Choosing by magnitude beats choosing by lot", "one-shot-0.866", beats: "random-0.866", by: 0.02, on: .top1)

  Text(
    """
    ## How the networks got there

    One-shot pruning trains dense until the others have reached their target, prunes once, and has the remaining epochs to
    recover. A global ranking can empty whole layers at 95 %, so no layer loses more than 98 % of its weights.
    """)
  Figure(.curves)
  Figure(.sparsityOverTraining)
  Figure(.sparsityByLayer)

  Published(
    "MobileNet-v1", on: "ImageNet-1k", "pdp", .unstructured(0.866), top1: 68.2,
    source: "Cho, Adya, Naik, NeurIPS 2023, abstract",
    note: "1.7 points above the best earlier method, which the abstract does not name")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "IDP", .unstructured(0.866), top1: 68.2,
    source: "earlier version of the paper on OpenReview, puguRjbs6Rg, abstract",
    note: "2.3 points above the best earlier method")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "dense", top1: 71.95, source: "RAIVNLab/STR, README.md",
    note: "100 epochs, the recipe of the paper profile")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "dense (TF-Slim)", top1: 70.9,
    source: "tensorflow/models, research/slim/nets/mobilenet_v1.md")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "gmp", .unstructured(0.5), top1: 70.84,
    source: "tensorflow/model-optimization, g3doc/guide/pruning/index.md", note: "from a dense model at 71.04")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "gmp", .unstructured(0.516), top1: 68.8,
    source: "IntelLabs/distiller, examples/agp-pruning/README.md", note: "from a dense model at 68.9")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "STR", .unstructured(0.7528), top1: 68.35, source: "RAIVNLab/STR, README.md",
    note: "100 epochs")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "STR", .unstructured(0.8901), top1: 62.1, source: "RAIVNLab/STR, README.md",
    note: "100 epochs")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "AC/DC", .unstructured(0.75), top1: 70.41, source: "IST-DASLab/ACDC, README.md",
    note: "100 epochs, global magnitude")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "AC/DC", .unstructured(0.9), top1: 66.24, source: "IST-DASLab/ACDC, README.md",
    note: "100 epochs, global magnitude")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "OptG", .unstructured(0.8), top1: 70.27, source: "zyxxmu/OptG, README.md",
    note: "180 epochs")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "OptG", .unstructured(0.9), top1: 66.8, source: "zyxxmu/OptG, README.md",
    note: "180 epochs")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "M-FAC", .unstructured(0.75), top1: 70.9, source: "IST-DASLab/M-FAC, README.md",
    note: "second-order gradual pruning")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "M-FAC", .unstructured(0.89), top1: 67.2, source: "IST-DASLab/M-FAC, README.md",
    note: "second-order gradual pruning")
  Published(
    "MobileNet-v1", on: "ImageNet-1k", "RigL 10x (ERK)", .unstructured(0.89), top1: 69.31,
    source: "google-research/rigl, README.md", note: "ten times the training length")
}
