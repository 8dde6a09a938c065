import Kernels

/// A kernel with the numbers of the values that it works on.
struct PlanStep {
  let kernel: PlanKernel
  let input: Int
  let residual: Int?
  let output: Int

  func run(_ values: [ImagePlanes]) {
    kernel.run(values[input], residual: residual.map { values[$0] }, into: values[output])
  }
}

/// A kernel compiled for its shapes.
enum PlanKernel {
  case sparse(SparseProduct)
  case blocked(BlockedConvolution)
  case sparseConvolution(SparseConvolution)
  case depthwise(PlanarDepthwise)
  case patches(PlanarPatches)
  case maximum(PoolingGeometry)
  case average
  case blockedPooling(BlockedPooling)
  case layoutChange(LayoutChange)

  func run(_ input: ImagePlanes, residual: ImagePlanes?, into output: ImagePlanes) {
    switch self {
    case .sparse(let product): product.run(input, residual: residual, into: output)
    case .blocked(let convolution): convolution.run(input, residual: residual, into: output)
    case .sparseConvolution(let layer): layer.run(input, residual: residual, into: output)
    case .depthwise(let layer): layer.run(input, into: output)
    case .patches(let patches): patches.run(input, into: output)
    case .maximum(let geometry): PlanarPooling.maximum(input, geometry, into: output)
    case .average: PlanarPooling.globalAverage(input, into: output)
    case .blockedPooling(let pooling): pooling.run(input, into: output)
    case .layoutChange(let change): change.run(input, into: output)
    }
  }
}
