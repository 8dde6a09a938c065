import Kernels

/// Ways to compute one thing, timed in turn on this machine.
enum KernelRace {
  /// Rounds, the first of which is not counted.
  private static let rounds = 25

  /// Seconds of each: the best round, since what else runs on the machine only ever adds.
  static func seconds(_ ways: [() -> Void]) -> [Double] {
    var best = [Double](repeating: .infinity, count: ways.count)
    for round in 0..<rounds {
      for (index, way) in ways.enumerated() {
        let start = ContinuousClock.now
        way()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if round > 0 { best[index] = min(best[index], seconds) }
      }
    }
    return best
  }

  static func seconds(_ kernels: [NodeKernel]) -> [Double] { seconds(kernels.map { Lane($0).run }) }

  /// Of products of the same planes, with something added if `addsResidual`.
  static func seconds(_ products: [any PlanarProduct], addsResidual: Bool) -> [Double] {
    guard let first = products.first else { return [] }
    let input = ImagePlanes(Tensor(repeating: 0.5, shape: first.inputShape))
    let output = ImagePlanes(first.outputShape)
    let residual = addsResidual ? ImagePlanes(first.outputShape) : nil
    return seconds(products.map { product in { product.run(input, residual: residual, into: output) } })
  }

  static func seconds(_ change: LayoutChange) -> Double {
    let stage = NodeKernel.Stage(
      kernel: .layoutChange(change), implementation: .layoutChange, output: change.output)
    return seconds([NodeKernel(input: change.input, [stage])])[0]
  }

  /// What was measured, for those who want to know why a kernel was chosen.
  static func reason(_ names: [String], _ seconds: [Double]) -> String {
    let times = zip(names, seconds).map { "\($0) \(Int(($1 * 1e6).rounded())) us" }
    return "measured: " + times.joined(separator: ", ")
  }

  /// A way with activations of its own.
  private struct Lane {
    private let kernel: NodeKernel
    private let values: [ImagePlanes]
    private let residual: ImagePlanes?

    init(_ kernel: NodeKernel) {
      self.kernel = kernel
      values = [ImagePlanes(kernel.input)] + kernel.stages.map { ImagePlanes($0.output) }
      residual = kernel.addsResidual ? ImagePlanes(kernel.output) : nil
    }

    func run() {
      for (index, stage) in kernel.stages.enumerated() {
        let isLast = index == kernel.stages.count - 1
        stage.kernel.run(values[index], residual: isLast ? residual : nil, into: values[index + 1])
      }
    }
  }
}
