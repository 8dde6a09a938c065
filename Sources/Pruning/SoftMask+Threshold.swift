import Glibc
import Kernels

extension SoftMask {
  /// The derivative of the loss with respect to the threshold, from `gradient`, the one with respect to `mask(w) * w`.
  ///
  /// With a relative temperature, `tau = kappa t^2` moves too, and the exponent is `(w^2 / t^2 - 1) / kappa`.
  ///
  /// - Shapes: `gradient` as `weight`.
  func thresholdSlope(_ gradient: Tensor, at weight: Tensor, isRelative: Bool) -> Double {
    let mask = values(of: weight)
    return gradient.withElements { gradient in
      weight.withElements { weight in
        mask.withElements { mask in
          var sum = 0.0
          for index in weight.indices {
            let (w, m) = (Double(weight[index]), Double(mask[index]))
            let exponentSlope =
              isRelative ? -2 * w * w / (temperature * threshold) : -2 * threshold / temperature
            sum += Double(gradient[index]) * w * m * (1 - m) * exponentSlope
          }
          return threshold > 0 ? sum : 0
        }
      }
    }
  }
}

extension MagnitudeBorder {
  /// Adds the threshold's `slope` to the gradients of the two weights that the threshold lies half-way between: the
  /// last pruned and the first kept one in the order of ranks.
  func spread(_ slope: Double, over gradient: inout Tensor, at weight: Tensor) {
    weight.withElements { weight in
      var ties = 0
      var (lower, upper): (Int?, Int?)
      for index in weight.indices {
        if weight[index].magnitude == largestPruned {
          ties += 1
          // Of equal magnitudes the first are kept: the rest are pruned.
          if ties == tiesKept { upper = index }
          if ties == tiesKept + 1 { lower = index }
        } else if tiesKept == 0, upper == nil, weight[index].magnitude == smallestKept {
          upper = index
        }
      }
      gradient.withMutableElements { gradient in
        for index in [lower, upper].compactMap(\.self) {
          gradient[index] += Float(slope / 2 * (weight[index] < 0 ? -1 : 1))
        }
      }
    }
  }
}
