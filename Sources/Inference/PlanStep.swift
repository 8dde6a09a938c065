import Kernels

/// A kernel with the numbers of the values that it works on.
struct PlanStep {
  let kernel: Kernel
  let input: Int
  let residual: Int?
  let output: Int

  enum Kernel {
    case sparse(SparseProduct)
    case dense(DenseProduct)
    case depthwise(PlanarDepthwise)
    case patches(PlanarPatches)
    case maximum(PoolingGeometry)
    case average
  }

  func run(_ values: [ImagePlanes]) {
    let (input, output) = (values[input], values[output])
    switch kernel {
    case .sparse(let product): product.run(input, residual: residual.map { values[$0] }, into: output)
    case .dense(let product): product.run(input, residual: residual.map { values[$0] }, into: output)
    case .depthwise(let layer): layer.run(input, into: output)
    case .patches(let patches): patches.run(input, into: output)
    case .maximum(let geometry): PlanarPooling.maximum(input, geometry, into: output)
    case .average: PlanarPooling.globalAverage(input, into: output)
    }
  }
}
