import COneDNN

/// What a pooling window reports, and how it moves.
package struct PoolingGeometry: Hashable, Sendable {
  package enum Kind: Sendable {
    case maximum
    /// Mean over the window, padding counted as zeros.
    case average
  }

  package let kind: Kind
  package let kernelHeight: Int
  package let kernelWidth: Int
  package let stride: Int
  package let padding: Int

  package init(_ kind: Kind, kernel: Int, stride: Int, padding: Int) {
    self.kind = kind
    self.kernelHeight = kernel
    self.kernelWidth = kernel
    self.stride = stride
    self.padding = padding
  }

  /// Mean over a whole image.
  package init(globalAverageOver shape: Shape) {
    self.kind = .average
    self.kernelHeight = shape[2]
    self.kernelWidth = shape[3]
    self.stride = 1
    self.padding = 0
  }
}

/// Pooling over the image axes.
///
/// - Shapes: `input` [N, C, H, W]; output [N, C, Ho, Wo].
package enum Pooling {
  /// What the backward pass needs: where each maximum was.
  package struct Saved {
    fileprivate let positions: Storage?
    fileprivate let inputLayout: Layout
  }

  package static func forward(_ input: Tensor, _ geometry: PoolingGeometry) -> (output: Tensor, saved: Saved) {
    let layout = input.layout ?? Layout.plain(input.shape.extents)
    let plan = PoolingPlan.cached(layout, geometry)
    let output = Tensor(uninitialized: plan.outputShape, layout: plan.output)
    let positions = plan.workspace.map { Storage(bytes: $0.bytes) }
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_SRC, input.storage, plan.input),
      .init(DNNL_ARG_DST, output.storage, plan.output),
    ]
    if let positions, let layout = plan.workspace {
      arguments.append(.init(DNNL_ARG_WORKSPACE, positions, layout))
    }
    plan.forward.run(arguments)
    return (output, Saved(positions: positions, inputLayout: layout))
  }

  /// Gradient at the input.
  package static func backward(
    _ upstream: Tensor, inputShape: Shape, saved: Saved, _ geometry: PoolingGeometry
  ) -> Tensor {
    let plan = PoolingPlan.cached(saved.inputLayout, geometry)
    precondition(
      upstream.shape == plan.outputShape && inputShape.extents == plan.input.extents,
      "pooling gradient: upstream \(upstream.shape), output \(plan.outputShape), input \(inputShape)")
    let gradient = Tensor(uninitialized: inputShape, layout: plan.input)
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_DIFF_DST, upstream.converted(to: plan.output).storage, plan.output),
      .init(DNNL_ARG_DIFF_SRC, gradient.storage, plan.input),
    ]
    if let positions = saved.positions, let layout = plan.workspace {
      arguments.append(.init(DNNL_ARG_WORKSPACE, positions, layout))
    }
    plan.backward.run(arguments)
    return gradient
  }
}

/// Compiled passes for one input layout and window.
///
/// Sound as `Sendable`: never changed after it is made.
private final class PoolingPlan: @unchecked Sendable {
  struct Key: Hashable, Sendable {
    let layout: ObjectIdentifier
    let geometry: PoolingGeometry
  }

  private static let cache = PlanCache<Key, PoolingPlan>()

  static func cached(_ layout: Layout, _ geometry: PoolingGeometry) -> PoolingPlan {
    cache.plan(for: Key(layout: ObjectIdentifier(layout), geometry: geometry)) { _ in PoolingPlan(layout, geometry) }
  }

  let input: Layout
  let output: Layout
  let outputShape: Shape
  let workspace: Layout?
  let forward: Primitive
  let backward: Primitive

  private init(_ layout: Layout, _ geometry: PoolingGeometry) {
    let input = layout.extents
    // Division rounds towards zero: a window one larger than the image would count as fitting at stride 2.
    precondition(
      geometry.kernelHeight <= input[2] + 2 * geometry.padding
        && geometry.kernelWidth <= input[3] + 2 * geometry.padding,
      "pooling: window \(geometry) does not fit an input \(input)")
    let height = (input[2] + 2 * geometry.padding - geometry.kernelHeight) / geometry.stride + 1
    let width = (input[3] + 2 * geometry.padding - geometry.kernelWidth) / geometry.stride + 1
    let outputExtents = [input[0], input[1], height, width]
    let strides = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.stride), count: 2)
    let kernel = [dnnl_dim_t(geometry.kernelHeight), dnnl_dim_t(geometry.kernelWidth)]
    let before = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.padding), count: 2)
    let after = [
      dnnl_dim_t((height - 1) * geometry.stride + geometry.kernelHeight - input[2] - geometry.padding),
      dnnl_dim_t((width - 1) * geometry.stride + geometry.kernelWidth - input[3] - geometry.padding),
    ]
    let algorithm = geometry.kind == .maximum ? dnnl_pooling_max : dnnl_pooling_avg_include_padding
    var operation = dnnl_pooling_desc_t()
    var output = anyDescriptor(outputExtents)
    unsafe check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_training, algorithm, &layout.descriptor, &output, strides, kernel, before, after),
      "dnnl_pooling_forward_desc_init"
    )
    let descriptor = unsafe PrimitiveDescriptor(&operation, name: "pooling of \(input)")
    let outputLayout = descriptor.layout(dnnl_query_dst_md)
    var gradient = dnnl_pooling_desc_t()
    unsafe check(
      dnnl_pooling_backward_desc_init(
        &gradient, algorithm, &layout.descriptor, &outputLayout.descriptor, strides, kernel, before, after),
      "dnnl_pooling_backward_desc_init"
    )
    self.input = layout
    self.output = outputLayout
    self.outputShape = Shape(outputExtents)
    self.workspace = geometry.kind == .maximum ? descriptor.layout(dnnl_query_workspace_md) : nil
    self.forward = Primitive(descriptor)
    self.backward = Primitive(
      unsafe PrimitiveDescriptor(&gradient, hint: descriptor, name: "pooling gradient of \(input)"))
  }
}
