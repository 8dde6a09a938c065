import Kernels

/// One way to compute a node of a frozen network: a kernel, or two of which the first prepares the second's input.
struct NodeKernel {
  struct Stage {
    let kernel: PlanKernel
    let implementation: PlannedLayer.Implementation
    let output: ImageLayout
    var weights = 0
    var nonzeros = 0
    var multiplications = 0
  }

  let input: ImageLayout
  let stages: [Stage]
  /// Whether something that lies as the output does is added.
  let addsResidual: Bool

  init(input: ImageLayout, addsResidual: Bool = false, _ stages: [Stage]) {
    precondition(!stages.isEmpty, "a way to compute a node has at least one kernel")
    self.input = input
    self.addsResidual = addsResidual
    self.stages = stages
  }

  var output: ImageLayout { stages[stages.count - 1].output }

  /// Name of the kernel that does the node's arithmetic.
  var implementation: PlannedLayer.Implementation { stages[stages.count - 1].implementation }
}
