import Kernels

/// Running statistics of a batch normalisation: state of the network that no gradient reaches.
package final class RunningStatistics {
  /// Mean and variance [C] used in evaluation; the variance is the unbiased estimate.
  package var mean: Tensor
  package var variance: Tensor

  package init(channels: Int) {
    mean = Tensor(repeating: 0, shape: [channels])
    variance = Tensor(repeating: 1, shape: [channels])
  }

  /// Moves towards a batch's statistics by `momentum`, as PyTorch does.
  ///
  /// `count` is the number of elements a channel that the biased `variance` was taken over.
  fileprivate func update(mean: Tensor, biasedVariance variance: Tensor, count: Int, momentum: Float) {
    let correction = count > 1 ? Float(count) / Float(count - 1) : 1
    blend(&self.mean, with: mean, factor: 1, momentum: momentum)
    blend(&self.variance, with: variance, factor: correction, momentum: momentum)
  }

  private func blend(_ running: inout Tensor, with batch: Tensor, factor: Float, momentum: Float) {
    batch.withElements { batch in
      running.withMutableElements { running in
        for index in batch.indices {
          running[index] = (1 - momentum) * running[index] + momentum * factor * batch[index]
        }
      }
    }
  }
}

extension Pass {
  /// Batch normalisation, with the rectifier that follows it in most networks fused.
  ///
  /// In training mode the batch's statistics normalise, and `statistics` move towards them by `momentum`.
  ///
  /// - Shapes: `x` and result [N, C, H, W]; `scale`, `shift` [C].
  package func batchNormalization(
    _ x: Variable, scale: Parameter, shift: Parameter, statistics: RunningStatistics, momentum: Float, epsilon: Float,
    isRectified: Bool
  ) -> Variable {
    let isTraining = mode == .training
    require(
      x.shape.rank == 4 && [x.shape[1]] == scale.shape, "batch normalisation",
      "input \(x.shape), scale \(scale.shape) do not fit")
    require(
      !isTraining || x.value.count / max(1, x.shape[1]) > 1, "batch normalisation",
      "input \(x.shape) has fewer than two values a channel, which have no variance to train with; "
        + "take a larger batch or larger images")
    let factor = scale.active
    let (output, saved) = BatchNormalization.forward(
      x.value, scale: factor, shift: shift.active,
      statistics: isTraining ? nil : (statistics.mean, statistics.variance),
      mode: .init(usesBatchStatistics: isTraining, isRectified: isRectified, epsilon: epsilon))
    if isTraining {
      statistics.update(
        mean: saved.mean, biasedVariance: saved.variance, count: x.value.count / x.shape[1], momentum: momentum)
    }
    return result(
      output, learns: true,
      derivative: { upstream in
        let gradient = BatchNormalization.backward(upstream, input: x.value, scale: factor, saved: saved)
        scale.accumulate(gradient.scale)
        shift.accumulate(gradient.shift)
        if x.needsGradient { x.accumulate(gradient.input) }
      })
  }
}
