import COneDNN
import Synchronization

/// How a two-dimensional convolution's window moves.
package struct ConvolutionGeometry: Hashable, Sendable {
  package let stride: Int
  /// Zeros added on each side of both image axes.
  package let padding: Int
  /// Equal parts that the channels are cut into, each convolved by itself.
  package let groups: Int

  package init(stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    precondition(
      stride > 0 && padding >= 0 && groups > 0, "convolution: stride \(stride), padding \(padding), groups \(groups)")
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  /// Extent of the output along an image axis.
  package func outputExtent(_ extent: Int, kernel: Int) -> Int {
    (extent + 2 * padding - kernel) / stride + 1
  }
}

/// Two-dimensional convolution (cross-correlation, as networks define it).
///
/// - Shapes: `input` [N, Ci, H, W]; `weight` [Co, Ci / groups, Kh, Kw]; `bias` [Co]; output [N, Co, Ho, Wo].
package enum Convolution {
  package static func forward(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, geometry: ConvolutionGeometry
  ) -> Tensor {
    let plan = ConvolutionPlan.cached(input.shape, weight.shape, geometry, hasBias: bias != nil)
    if let bias {
      precondition(bias.shape == [weight.shape[0]], "convolution: bias \(bias.shape), weight \(weight.shape)")
    }
    let output = Tensor(uninitialized: plan.outputShape, layout: plan.output)
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_SRC, input.converted(to: plan.input).storage, plan.input),
      .init(DNNL_ARG_WEIGHTS, weight.converted(to: plan.weight).storage, plan.weight),
      .init(DNNL_ARG_DST, output.storage, plan.output),
    ]
    if let bias { arguments.append(.init(DNNL_ARG_BIAS, bias.storage, plan.bias)) }
    plan.forward.run(arguments)
    return output
  }

  /// Gradient at the input.
  ///
  /// - Shapes: `upstream` as the output; result `inputShape`.
  package static func inputGradient(
    _ upstream: Tensor, weight: Tensor, inputShape: Shape, geometry: ConvolutionGeometry
  ) -> Tensor {
    let forward = ConvolutionPlan.cached(inputShape, weight.shape, geometry, hasBias: false)
    precondition(
      upstream.shape == forward.outputShape,
      "convolution input gradient: upstream \(upstream.shape), output \(forward.outputShape)")
    let plan = forward.backwardData
    let result = Tensor(uninitialized: inputShape, layout: plan.input)
    plan.primitive.run([
      .init(DNNL_ARG_DIFF_DST, upstream.converted(to: plan.output).storage, plan.output),
      .init(DNNL_ARG_WEIGHTS, weight.converted(to: plan.weight).storage, plan.weight),
      .init(DNNL_ARG_DIFF_SRC, result.storage, plan.input),
    ])
    return result
  }

  /// Gradients at the weight and, if `hasBias`, the bias.
  package static func weightGradient(
    _ upstream: Tensor, input: Tensor, weightShape: Shape, hasBias: Bool, geometry: ConvolutionGeometry
  ) -> (weight: Tensor, bias: Tensor?) {
    let forward = ConvolutionPlan.cached(input.shape, weightShape, geometry, hasBias: hasBias)
    precondition(
      upstream.shape == forward.outputShape,
      "convolution weight gradient: upstream \(upstream.shape), output \(forward.outputShape)")
    let plan = forward.backwardWeights
    let gradient = Tensor(uninitialized: weightShape, layout: plan.weight)
    let bias = hasBias ? Tensor(uninitialized: [weightShape[0]]) : nil
    var arguments: [Primitive.Argument] = [
      .init(DNNL_ARG_SRC, input.converted(to: plan.input).storage, plan.input),
      .init(DNNL_ARG_DIFF_DST, upstream.converted(to: plan.output).storage, plan.output),
      .init(DNNL_ARG_DIFF_WEIGHTS, gradient.storage, plan.weight),
    ]
    if let bias { arguments.append(.init(DNNL_ARG_DIFF_BIAS, bias.storage, plan.bias)) }
    plan.primitive.run(arguments)
    return (Tensor.plain(shape: weightShape, from: gradient, in: plan.weight), bias)
  }
}

/// Compiled forward and backward passes of one convolution shape.
///
/// Plans are shared by all threads of the process, so the backward passes, which are made on first use, are locked.
private final class ConvolutionPlan: Sendable {
  struct Key: Hashable, Sendable {
    let input: Shape
    let weight: Shape
    let geometry: ConvolutionGeometry
    let hasBias: Bool
  }

  private static let cache = PlanCache<Key, ConvolutionPlan>()

  static func cached(
    _ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry, hasBias: Bool
  ) -> ConvolutionPlan {
    precondition(
      input.rank == 4 && weight.rank == 4 && input[1] == weight[1] * geometry.groups
        && weight[0] % geometry.groups == 0,
      "convolution: input \(input), weight \(weight), groups \(geometry.groups) do not fit"
    )
    // Division rounds towards zero: a window one larger than the image would count as fitting at stride 2.
    precondition(
      weight[2] <= input[2] + 2 * geometry.padding && weight[3] <= input[3] + 2 * geometry.padding,
      "convolution: weight \(weight) is larger than input \(input) with padding \(geometry.padding)"
    )
    return cache.plan(for: Key(input: input, weight: weight, geometry: geometry, hasBias: hasBias)) {
      ConvolutionPlan($0)
    }
  }

  let key: Key
  let outputShape: Shape
  let forward: Primitive
  let input: Layout
  let weight: Layout
  let bias: Layout
  let output: Layout
  private let descriptor: PrimitiveDescriptor
  private let dimensions: Dimensions

  private let madeData = Mutex<Backward?>(nil)
  private let madeWeights = Mutex<Backward?>(nil)

  /// Made on first use: an inference never asks for it.
  var backwardData: Backward {
    madeData.withLock { made in
      let backward = made ?? Backward(data: dimensions, hint: descriptor)
      made = backward
      return backward
    }
  }

  var backwardWeights: Backward {
    madeWeights.withLock { made in
      let backward = made ?? Backward(weights: dimensions, hint: descriptor)
      made = backward
      return backward
    }
  }

  private init(_ key: Key) {
    self.key = key
    let dimensions = Dimensions(key)
    self.dimensions = dimensions
    self.outputShape = Shape(dimensions.outputExtents)
    var operation = dnnl_convolution_desc_t()
    var input = anyDescriptor(key.input.extents)
    var weight = anyDescriptor(dimensions.weightExtents)
    var bias = plainDescriptor([key.weight[0]])
    var output = anyDescriptor(dimensions.outputExtents)
    let (strides, padding) = (dimensions.strides, dimensions.padding)
    unsafe withUnsafePointer(to: &bias) { bias in
      unsafe check(
        dnnl_convolution_forward_desc_init(
          &operation, dnnl_forward_training, dnnl_convolution_direct, &input, &weight, key.hasBias ? bias : nil,
          &output, strides, padding, padding),
        "dnnl_convolution_forward_desc_init \(key)"
      )
    }
    descriptor = unsafe PrimitiveDescriptor(&operation, name: "convolution \(key)")
    forward = Primitive(descriptor)
    self.input = descriptor.layout(dnnl_query_src_md)
    self.weight = descriptor.layout(dnnl_query_weights_md)
    self.bias = Layout.plain([key.weight[0]])
    self.output = descriptor.layout(dnnl_query_dst_md)
  }

  /// Extents and steps in oneDNN's types; grouped filters gain a leading axis.
  struct Dimensions: Sendable {
    let key: Key
    let weightExtents: [Int]
    let outputExtents: [Int]
    let strides: [dnnl_dim_t]
    let padding: [dnnl_dim_t]

    init(_ key: Key) {
      let (input, weight, geometry) = (key.input, key.weight, key.geometry)
      self.key = key
      weightExtents =
        geometry.groups == 1
        ? weight.extents : [geometry.groups, weight[0] / geometry.groups, weight[1], weight[2], weight[3]]
      outputExtents = [
        input[0], weight[0], geometry.outputExtent(input[2], kernel: weight[2]),
        geometry.outputExtent(input[3], kernel: weight[3]),
      ]
      strides = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.stride), count: 2)
      padding = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.padding), count: 2)
    }
  }

  /// One backward primitive and its layouts.
  final class Backward: Sendable {
    let primitive: Primitive
    let input: Layout
    let weight: Layout
    let bias: Layout
    let output: Layout

    init(data dimensions: Dimensions, hint: PrimitiveDescriptor) {
      var operation = dnnl_convolution_desc_t()
      var input = anyDescriptor(dimensions.key.input.extents)
      var weight = anyDescriptor(dimensions.weightExtents)
      var output = anyDescriptor(dimensions.outputExtents)
      unsafe check(
        dnnl_convolution_backward_data_desc_init(
          &operation, dnnl_convolution_direct, &input, &weight, &output, dimensions.strides, dimensions.padding,
          dimensions.padding),
        "dnnl_convolution_backward_data_desc_init \(dimensions.key)"
      )
      let descriptor = unsafe PrimitiveDescriptor(
        &operation, hint: hint, name: "convolution input gradient \(dimensions.key)")
      primitive = Primitive(descriptor)
      self.input = descriptor.layout(dnnl_query_diff_src_md)
      self.weight = descriptor.layout(dnnl_query_weights_md)
      self.bias = Layout.plain([dimensions.key.weight[0]])
      self.output = descriptor.layout(dnnl_query_diff_dst_md)
    }

    init(weights dimensions: Dimensions, hint: PrimitiveDescriptor) {
      var operation = dnnl_convolution_desc_t()
      var input = anyDescriptor(dimensions.key.input.extents)
      var weight = anyDescriptor(dimensions.weightExtents)
      var bias = plainDescriptor([dimensions.key.weight[0]])
      var output = anyDescriptor(dimensions.outputExtents)
      unsafe withUnsafePointer(to: &bias) { bias in
        unsafe check(
          dnnl_convolution_backward_weights_desc_init(
            &operation, dnnl_convolution_direct, &input, &weight, dimensions.key.hasBias ? bias : nil, &output,
            dimensions.strides, dimensions.padding, dimensions.padding),
          "dnnl_convolution_backward_weights_desc_init \(dimensions.key)"
        )
      }
      let descriptor = unsafe PrimitiveDescriptor(
        &operation, hint: hint, name: "convolution weight gradient \(dimensions.key)")
      primitive = Primitive(descriptor)
      self.input = descriptor.layout(dnnl_query_src_md)
      self.weight = descriptor.layout(dnnl_query_diff_weights_md)
      self.bias = Layout.plain([dimensions.key.weight[0]])
      self.output = descriptor.layout(dnnl_query_diff_dst_md)
    }
  }
}
