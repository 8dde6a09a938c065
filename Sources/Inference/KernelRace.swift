import Kernels

/// Ways to compute one node, timed in turn on this machine.
enum KernelRace {
  /// Rounds, the first of which is not counted.
  private static let rounds = 25

  /// Seconds of each: the best round, since what else runs on the machine only ever adds.
  static func seconds(_ kernels: [NodeKernel]) -> [Double] {
    let lanes = kernels.map(Lane.init)
    var best = [Double](repeating: .infinity, count: lanes.count)
    for round in 0..<rounds {
      for (index, lane) in lanes.enumerated() {
        let start = ContinuousClock.now
        lane.run()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if round > 0 { best[index] = min(best[index], seconds) }
      }
    }
    return best
  }

  static func seconds(_ change: LayoutChange) -> Double {
    let stage = NodeKernel.Stage(
      kernel: .layoutChange(change), implementation: .layoutChange, output: change.output)
    return seconds([NodeKernel(input: change.input, [stage])])[0]
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
