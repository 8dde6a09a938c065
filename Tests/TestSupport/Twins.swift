import Foundation

/// Operations as plain loops in double precision.
package enum Twins {
  package static func convolution(
    _ x: Numbers, _ weight: Numbers, bias: Numbers? = nil, stride: Int, padding: Int, groups: Int
  ) -> Numbers {
    let (kernelHeight, kernelWidth) = (weight.shape[2], weight.shape[3])
    let height = (x.shape[2] + 2 * padding - kernelHeight) / stride + 1
    let width = (x.shape[3] + 2 * padding - kernelWidth) / stride + 1
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    var result = Numbers(zeros: [x.shape[0], outputs, height, width])
    for n in 0..<x.shape[0] {
      for o in 0..<outputs {
        let first = o / (outputs / groups) * inputs
        for y in 0..<height {
          for z in 0..<width {
            var sum = bias?.values[o] ?? 0
            for i in 0..<inputs {
              for a in 0..<kernelHeight {
                for b in 0..<kernelWidth {
                  let (row, column) = (y * stride + a - padding, z * stride + b - padding)
                  guard row >= 0, row < x.shape[2], column >= 0, column < x.shape[3] else { continue }
                  sum += x[n, first + i, row, column] * weight[o, i, a, b]
                }
              }
            }
            result[n, o, y, z] = sum
          }
        }
      }
    }
    return result
  }

  /// Mean and biased variance a channel.
  package static func moments(_ x: Numbers) -> (mean: [Double], variance: [Double]) {
    let pixels = x.shape[2] * x.shape[3]
    var (means, variances) = ([Double](), [Double]())
    for c in 0..<x.shape[1] {
      var values: [Double] = []
      for n in 0..<x.shape[0] {
        let start = (n * x.shape[1] + c) * pixels
        values += x.values[start..<(start + pixels)]
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.map { (value: Double) -> Double in (value - mean) * (value - mean) }
      means.append(mean)
      variances.append(squares.reduce(0, +) / Double(values.count))
    }
    return (means, variances)
  }

  package static func batchNormalization(
    _ x: Numbers, scale: Numbers, shift: Numbers, statistics: (mean: [Double], variance: [Double])? = nil,
    epsilon: Double, isRectified: Bool
  ) -> Numbers {
    let (mean, variance) = statistics ?? moments(x)
    var result = x
    let pixels = x.shape[2] * x.shape[3]
    for index in x.values.indices {
      let c = index / pixels % x.shape[1]
      let value =
        (x.values[index] - mean[c]) / (variance[c] + epsilon).squareRoot() * scale.values[c] + shift.values[c]
      result.values[index] = isRectified ? max(0, value) : value
    }
    return result
  }

  /// Maximum, or mean with padding counted as zeros.
  package static func pooling(_ x: Numbers, isMaximum: Bool, kernel: Int, stride: Int, padding: Int) -> Numbers {
    let height = (x.shape[2] + 2 * padding - kernel) / stride + 1
    let width = (x.shape[3] + 2 * padding - kernel) / stride + 1
    var result = Numbers(zeros: [x.shape[0], x.shape[1], height, width])
    for n in 0..<x.shape[0] {
      for c in 0..<x.shape[1] {
        for y in 0..<height {
          for z in 0..<width {
            var values: [Double] = []
            for a in 0..<kernel {
              for b in 0..<kernel {
                let (row, column) = (y * stride + a - padding, z * stride + b - padding)
                if row >= 0, row < x.shape[2], column >= 0, column < x.shape[3] { values.append(x[n, c, row, column]) }
              }
            }
            result[n, c, y, z] =
              isMaximum
              ? values.reduce(-Double.infinity, max) : values.reduce(0, +) / Double(kernel * kernel)
          }
        }
      }
    }
    return result
  }

  package static func linear(_ x: Numbers, _ weight: Numbers, bias: Numbers?) -> Numbers {
    var result = Numbers(zeros: [x.shape[0], weight.shape[0]])
    for n in 0..<x.shape[0] {
      for o in 0..<weight.shape[0] {
        result.values[n * weight.shape[0] + o] = (0..<x.shape[1]).reduce(bias?.values[o] ?? 0) {
          $0 + x.values[n * x.shape[1] + $1] * weight.values[o * x.shape[1] + $1]
        }
      }
    }
    return result
  }

  /// Mean cross-entropy with label smoothing.
  package static func crossEntropy(_ logits: Numbers, labels: [Int], smoothing: Double) -> Double {
    let classes = logits.shape[1]
    let losses = labels.indices.map { row -> Double in
      let scores = logits.values[(row * classes)..<((row + 1) * classes)]
      let logTotal = log(scores.reduce(0) { $0 + exp($1) })
      return scores.enumerated().reduce(0) { loss, entry in
        let target = smoothing / Double(classes) + (entry.offset == labels[row] ? 1 - smoothing : 0)
        return loss - target * (entry.element - logTotal)
      }
    }
    return losses.reduce(0, +) / Double(labels.count)
  }
}
