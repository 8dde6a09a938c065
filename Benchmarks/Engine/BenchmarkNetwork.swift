import ArgumentParser
import Networks
import Pruning

/// What a measurement runs.
enum BenchmarkMode: String, CaseIterable, ExpressibleByArgument {
  /// Forward and backward pass and the optimizer's update.
  case dense
  /// The same under PDP's soft mask on every convolution and linear weight (of the encoder, for language).
  case pdp
  /// Forward pass alone, as in use.
  case inference
  /// PDP's step with a teacher, which sees the batch as well, and clipped gradients.
  case distillation
  /// The same with the teacher's scores as they were stored once.
  case storedDistillation = "distillation-stored"

  /// Of this cost or about, in forward passes over the batch.
  var passes: Int {
    switch self {
    case .inference: 1
    case .dense, .pdp, .storedDistillation: 3
    case .distillation: 4
    }
  }

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Networks of the benchmark.
enum BenchmarkNetwork: String, CaseIterable, ExpressibleByArgument {
  case resNet18 = "resnet18-w16"
  case quarterMobileNet = "mobilenet-v1-x0.25"
  case mobileNet = "mobilenet-v1-x1.0"
  case miniLM = "minilm-l6"
  case tuning = "minilm-l6-tuning"
  case resNet50 = "resnet50-224"

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// What can be measured of it.
  var modes: [BenchmarkMode] {
    self == .tuning ? [.distillation, .storedDistillation] : [.dense, .pdp, .inference]
  }

  /// Images or sequences a step.
  var batch: Int {
    switch self {
    case .resNet18, .quarterMobileNet, .mobileNet: 128
    case .miniLM, .tuning, .resNet50: 32
    }
  }

  /// A network for 32x32 images with random weights under a pruning method.
  func visionWorkload(pruning: PruningConfig, firstStep: Int) throws -> any Workload {
    let config: ModelConfig =
      switch self {
      case .resNet18: .small(.resNet18, width: 0.25)
      case .quarterMobileNet: .small(.mobileNetV1, width: 0.25)
      default: .small(.mobileNetV1, width: 1)
      }
    return try VisionWorkload(config, batch: batch, extent: 32, .dense, pruning: pruning, firstStep: firstStep)
  }

  /// The network with random weights and one batch of random examples.
  func workload(_ mode: BenchmarkMode) throws -> any Workload {
    switch self {
    case .resNet18: try VisionWorkload(.small(.resNet18, width: 0.25), batch: batch, extent: 32, mode)
    case .quarterMobileNet: try VisionWorkload(.small(.mobileNetV1, width: 0.25), batch: batch, extent: 32, mode)
    case .mobileNet: try VisionWorkload(.small(.mobileNetV1, width: 1), batch: batch, extent: 32, mode)
    case .miniLM: try LanguageWorkload(batch: batch, length: 64, mode)
    case .tuning:
      try TuningWorkload(batch: batch, length: 64, storesTeacher: mode == .storedDistillation)
    case .resNet50:
      try VisionWorkload(
        ModelConfig(architecture: .resNet50, width: 1, stem: .imageNet, inputChannels: 3, classes: 1000),
        batch: batch, extent: 224, mode)
    }
  }
}

extension ModelConfig {
  /// For 32x32 images in ten classes.
  fileprivate static func small(_ architecture: Architecture, width: Double) -> ModelConfig {
    ModelConfig(architecture: architecture, width: width, stem: .small, inputChannels: 3, classes: 10)
  }
}
