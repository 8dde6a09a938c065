import Autodiff
import Kernels

/// GraSP: before training, the weights go whose removal costs the least gradient flow; kept are the highest
/// `weight * (H g)`, with H the Hessian and g the gradient of the loss at scores divided by 200.
///
/// The product of the Hessian and the gradient is a difference of gradients at weights shifted by it, either way; the
/// batch is used in two halves.
///
/// - Source: Wang, Zhang, Grosse, "Picking winning tickets before training by preserving gradient flow", 2020,
///   arXiv 2002.07376; alecwangcq/GraSP.
/// - Note: the shift is a hundredth of the weights' length, in single precision.
/// - Note: linear layers keep their initial weights, which the source draws anew for scoring.
package struct GradientFlow: InitialScoring {
  private let examples: Int

  private static let logitTemperature = 200.0
  /// Length of the shift, as a fraction of the weights' own: what single precision bears best between the rounding of
  /// gradients and their curvature.
  private static let shift = 1e-2

  package init(examples: Int) {
    self.examples = examples
  }

  package var ramp: Ramp { .beforeTraining }
  package var rounds: Int { 1 }

  package func scores(of targets: [any PruningTarget], probe: any NetworkProbe) throws -> [Tensor] {
    let targets = weights(of: targets)
    let stored = targets.map(\.parameter.value)
    let gradient = try sum(of: targets, probe)
    let (weightNorm, gradientNorm) = (norm(stored), norm(gradient))
    guard gradientNorm > 0 else { return stored.map { Tensor(repeating: 0, shape: $0.shape) } }
    let step = Float(Self.shift * weightNorm / gradientNorm)
    defer { for (target, value) in zip(targets, stored) { target.parameter.value = value } }
    func shifted(_ sign: Float) throws -> [Tensor] {
      for ((target, value), direction) in zip(zip(targets, stored), gradient) {
        target.parameter.value = Elementwise.sum(value, Elementwise.scaled(direction, by: sign * step))
      }
      return try sum(of: targets, probe)
    }
    let (ahead, behind) = (try shifted(1), try shifted(-1))
    return zip(zip(ahead, behind), stored).map { gradients, weight in
      let difference = Elementwise.sum(gradients.0, Elementwise.scaled(gradients.1, by: -1))
      return Elementwise.scaled(Elementwise.product(difference, weight), by: 1 / (2 * step))
    }
  }

  private func sum(of targets: [WeightTarget], _ probe: any NetworkProbe) throws -> [Tensor] {
    let halves = try (0..<2).map { half in
      try probe.gradients(
        ProbeSettings(
          examples: examples, mode: .training, logitTemperature: Self.logitTemperature, half: half))
    }
    return targets.map { target in
      let zero = Tensor(repeating: 0, shape: target.shape)
      return Elementwise.sum(halves[0][target.path] ?? zero, halves[1][target.path] ?? zero)
    }
  }

  private func norm(_ tensors: [Tensor]) -> Double {
    tensors.reduce(0) { $0 + Elementwise.squaredNorm($1) }.squareRoot()
  }
}
