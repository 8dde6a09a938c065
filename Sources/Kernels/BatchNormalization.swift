import COneDNN

/// Batch normalisation over the channels of images, with an optional rectifier fused behind it.
///
/// - Shapes: `input` [N, C, H, W]; `scale`, `shift`, means and variances [C].
/// - Source: Ioffe, Szegedy 2015, arXiv 1502.03167.
package enum BatchNormalization {
  /// What the backward pass needs besides the input.
  package struct Saved {
    /// Mean and biased variance that normalised the input.
    package let mean: Tensor
    package let variance: Tensor
    /// One bit an element: whether the rectifier let it through.
    fileprivate let passed: Storage?
    fileprivate let mode: Mode
    /// oneDNN asks for it in the backward pass too.
    fileprivate let shift: Tensor
  }

  /// Which statistics normalise, and what follows.
  package struct Mode: Hashable, Sendable {
    /// Whether the batch's own statistics are used (training) or given ones (evaluation).
    package let usesBatchStatistics: Bool
    package let isRectified: Bool
    package let epsilon: Float

    package init(usesBatchStatistics: Bool, isRectified: Bool, epsilon: Float) {
      self.usesBatchStatistics = usesBatchStatistics
      self.isRectified = isRectified
      self.epsilon = epsilon
    }
  }

  /// Normalised input and what the backward pass needs.
  ///
  /// `statistics` are the mean and variance to use when the mode does not take the batch's.
  ///
  /// - Precondition: `statistics` is nil exactly if the mode takes the batch's.
  package static func forward(
    _ input: Tensor, scale: Tensor, shift: Tensor, statistics: (mean: Tensor, variance: Tensor)?, mode: Mode
  ) -> (output: Tensor, saved: Saved) {
    precondition(
      mode.usesBatchStatistics == (statistics == nil), "batch normalisation: statistics are the batch's or given")
    precondition(
      input.rank == 4 && scale.shape == [input.shape[1]] && shift.shape == scale.shape,
      "batch normalisation: input \(input.shape), scale \(scale.shape), shift \(shift.shape)")
    let plan = BatchNormalizationPlan.cached(input, mode)
    let output = Tensor(uninitialized: input.shape, layout: plan.data)
    let mean = statistics?.mean ?? Tensor(uninitialized: scale.shape)
    let variance = statistics?.variance ?? Tensor(uninitialized: scale.shape)
    let passed = plan.workspace.map { Storage(bytes: $0.bytes) }
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_SRC, input.storage, plan.data),
      .init(DNNL_ARG_DST, output.storage, plan.data),
      .init(DNNL_ARG_MEAN, mean.storage, plan.channels),
      .init(DNNL_ARG_VARIANCE, variance.storage, plan.channels),
      .init(DNNL_ARG_SCALE, scale.storage, plan.channels),
      .init(DNNL_ARG_SHIFT, shift.storage, plan.channels),
    ]
    if let passed, let layout = plan.workspace {
      arguments.append(.init(DNNL_ARG_WORKSPACE, passed, layout))
    }
    plan.forward.run(arguments)
    return (output, Saved(mean: mean, variance: variance, passed: passed, mode: mode, shift: shift))
  }

  /// Gradients at input, scale and shift.
  package static func backward(
    _ upstream: Tensor, input: Tensor, scale: Tensor, saved: Saved
  ) -> (input: Tensor, scale: Tensor, shift: Tensor) {
    let plan = BatchNormalizationPlan.cached(input, saved.mode)
    let arranged = upstream.converted(to: plan.data)
    let gradient = Tensor(uninitialized: input.shape, layout: plan.data)
    let scaleGradient = Tensor(uninitialized: scale.shape)
    let shiftGradient = Tensor(uninitialized: scale.shape)
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_SRC, input.storage, plan.data),
      .init(DNNL_ARG_DIFF_DST, arranged.storage, plan.data),
      .init(DNNL_ARG_DIFF_SRC, gradient.storage, plan.data),
      .init(DNNL_ARG_MEAN, saved.mean.storage, plan.channels),
      .init(DNNL_ARG_VARIANCE, saved.variance.storage, plan.channels),
      .init(DNNL_ARG_SCALE, scale.storage, plan.channels),
      .init(DNNL_ARG_SHIFT, saved.shift.storage, plan.channels),
      .init(DNNL_ARG_DIFF_SCALE, scaleGradient.storage, plan.channels),
      .init(DNNL_ARG_DIFF_SHIFT, shiftGradient.storage, plan.channels),
    ]
    if let passed = saved.passed, let layout = plan.workspace {
      arguments.append(.init(DNNL_ARG_WORKSPACE, passed, layout))
    }
    plan.backward.run(arguments)
    return (gradient, scaleGradient, shiftGradient)
  }
}

/// Compiled passes for one input layout and mode.
///
/// Sound as `Sendable`: only the lazily made backward primitive changes, and a run's thread alone uses it.
private final class BatchNormalizationPlan: @unchecked Sendable {
  struct Key: Hashable, Sendable {
    let layout: ObjectIdentifier
    let mode: BatchNormalization.Mode
  }

  private static let cache = PlanCache<Key, BatchNormalizationPlan>()

  static func cached(_ input: Tensor, _ mode: BatchNormalization.Mode) -> BatchNormalizationPlan {
    let layout = input.layout ?? Layout.plain(input.shape.extents)
    return cache.plan(for: Key(layout: ObjectIdentifier(layout), mode: mode)) { _ in
      BatchNormalizationPlan(layout, mode)
    }
  }

  let data: Layout
  let channels: Layout
  let workspace: Layout?
  let forward: Primitive
  private let descriptor: PrimitiveDescriptor
  private let mode: BatchNormalization.Mode

  private init(_ layout: Layout, _ mode: BatchNormalization.Mode) {
    self.data = layout
    self.mode = mode
    self.channels = Layout.plain([layout.extents[1]])
    var operation = dnnl_batch_normalization_desc_t()
    unsafe check(
      dnnl_batch_normalization_forward_desc_init(
        &operation, dnnl_forward_training, &layout.descriptor, mode.epsilon, mode.flags),
      "dnnl_batch_normalization_forward_desc_init"
    )
    descriptor = unsafe PrimitiveDescriptor(&operation, name: "batch normalisation \(layout.extents)")
    workspace = mode.isRectified ? descriptor.layout(dnnl_query_workspace_md) : nil
    forward = Primitive(descriptor)
  }

  private(set) lazy var backward: Primitive = {
    var operation = dnnl_batch_normalization_desc_t()
    unsafe check(
      dnnl_batch_normalization_backward_desc_init(
        &operation, dnnl_backward, &data.descriptor, &data.descriptor, mode.epsilon, mode.flags),
      "dnnl_batch_normalization_backward_desc_init"
    )
    return Primitive(
      unsafe PrimitiveDescriptor(&operation, hint: descriptor, name: "batch normalisation gradient \(data.extents)"))
  }()
}

extension BatchNormalization.Mode {
  fileprivate var flags: UInt32 {
    var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
    if !usesBatchStatistics { flags |= dnnl_use_global_stats.rawValue }
    if isRectified { flags |= dnnl_fuse_norm_relu.rawValue }
    return flags
  }
}
