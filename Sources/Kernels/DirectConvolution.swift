import COneDNN
import Synchronization

/// Convolution by oneDNN, for every shape that no kernel of ours is faster at.
///
/// - Shapes: as `Convolution`'s.
enum DirectConvolution {
  static func forward(_ input: Tensor, weight: Tensor, bias: Tensor?, geometry: ConvolutionGeometry) -> Tensor {
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
  static func inputGradient(
    _ upstream: Tensor, weight: Tensor, inputShape: Shape, geometry: ConvolutionGeometry
  ) -> Tensor {
    let forward = ConvolutionPlan.cached(inputShape, weight.shape, geometry, hasBias: false)
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
  static func weightGradient(
    _ upstream: Tensor, input: Tensor, weightShape: Shape, hasBias: Bool, geometry: ConvolutionGeometry
  ) -> (weight: Tensor, bias: Tensor?) {
    let forward = ConvolutionPlan.cached(input.shape, weightShape, geometry, hasBias: hasBias)
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
    cache.plan(for: Key(input: input, weight: weight, geometry: geometry, hasBias: hasBias)) {
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
    var input = imageDescriptor(key.input)
    var weight = anyDescriptor(dimensions.weightExtents)
    var bias = plainDescriptor([key.weight[0]])
    var output = imageDescriptor(Shape(dimensions.outputExtents))
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
      var input = imageDescriptor(dimensions.key.input)
      var weight = anyDescriptor(dimensions.weightExtents)
      var output = imageDescriptor(Shape(dimensions.outputExtents))
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
      var input = imageDescriptor(dimensions.key.input)
      var weight = anyDescriptor(dimensions.weightExtents)
      var bias = plainDescriptor([dimensions.key.weight[0]])
      var output = imageDescriptor(Shape(dimensions.outputExtents))
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

/// Channels-last where the channels fill whole registers, as our own kernels have them; oneDNN's choice elsewhere.
private func imageDescriptor(_ shape: Shape) -> dnnl_memory_desc_t {
  shape[1] % Lanes.scalarCount == 0 ? Layout.channelsLast(shape).descriptor : anyDescriptor(shape.extents)
}
