import Glibc

/// Optimizer steps, one pass over a parameter each.
package enum OptimizerUpdate {
  /// Stochastic gradient descent with momentum, as PyTorch defines it (no dampening).
  ///
  /// g' = gradientFactor g + decay w; v = momentum v + g'; w -= rate (nesterov ? g' + momentum v : v).
  ///
  /// A `gradientFactor` of 1 leaves the gradient as it is.
  ///
  /// - Precondition: equal shapes.
  package static func sgd(
    _ weight: inout Tensor, velocity: inout Tensor, gradient: Tensor, gradientFactor: Float = 1, rate: Float,
    momentum: Float, nesterov: Bool, decay: Float
  ) {
    precondition(
      weight.shape == velocity.shape && weight.shape == gradient.shape,
      "sgd: weight \(weight.shape), velocity \(velocity.shape), gradient \(gradient.shape)")
    let plain = gradient.plain()
    weight.makeUniqueAndPlain()
    velocity.makeUniqueAndPlain()
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (w, v, g) = unsafe (
      weight.storage.floats, velocity.storage.floats, plain.storage.floats
    )
    parallel(weight.count, grain: Elementwise.grain) { range in
      var index = range.lowerBound
      while index + Lanes.scalarCount <= range.upperBound {
        let old = unsafe load(w, index)
        let pull = unsafe gradientFactor * load(g, index) + decay * old
        let speed = unsafe momentum * load(v, index) + pull
        unsafe store(speed, v, index)
        unsafe store(old - rate * (nesterov ? pull + momentum * speed : speed), w, index)
        index += Lanes.scalarCount
      }
      while index < range.upperBound {
        let pull = unsafe gradientFactor * g[index] + decay * w[index]
        let speed = unsafe momentum * v[index] + pull
        unsafe v[index] = speed
        unsafe w[index] -= rate * (nesterov ? pull + momentum * speed : speed)
        index += 1
      }
    }
  }

  /// One step of Adam or AdamW, as PyTorch defines them.
  ///
  /// - Precondition: equal shapes.
  package static func adam(
    _ weight: inout Tensor, mean: inout Tensor, square: inout Tensor, gradient: Tensor, step: AdamStep
  ) {
    precondition(
      weight.shape == mean.shape && weight.shape == square.shape && weight.shape == gradient.shape,
      "adam: weight \(weight.shape), mean \(mean.shape), square \(square.shape), gradient \(gradient.shape)")
    let plain = gradient.plain()
    weight.makeUniqueAndPlain()
    mean.makeUniqueAndPlain()
    square.makeUniqueAndPlain()
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (w, m, v, g) = unsafe (
      weight.storage.floats, mean.storage.floats, square.storage.floats, plain.storage.floats
    )
    parallel(weight.count, grain: Elementwise.grain) { range in
      // A plain loop: the compiler vectorises it whole, but would take the square roots of `Lanes` one by one.
      let (w, m, v, g) = unsafe (
        w + range.lowerBound, m + range.lowerBound, v + range.lowerBound, g + range.lowerBound
      )
      let step = step
      for index in 0..<range.count {
        let new = unsafe step.applied(w[index], m[index], v[index], g[index])
        unsafe w[index] = new.weight
        unsafe m[index] = new.mean
        unsafe v[index] = new.square
      }
    }
  }

  /// average += share (value - average), a step of an exponential moving average.
  ///
  /// - Precondition: equal shapes.
  package static func move(_ average: inout Tensor, towards value: Tensor, share: Float) {
    precondition(average.shape == value.shape, "move: average \(average.shape), value \(value.shape)")
    let plain = value.plain()
    average.makeUniqueAndPlain()
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (a, x) = unsafe (average.storage.floats, plain.storage.floats)
    parallel(average.count, grain: Elementwise.grain) { range in
      var index = range.lowerBound
      while index + Lanes.scalarCount <= range.upperBound {
        let old = unsafe load(a, index)
        unsafe store(old + share * (load(x, index) - old), a, index)
        index += Lanes.scalarCount
      }
      while index < range.upperBound {
        unsafe a[index] += share * (x[index] - a[index])
        index += 1
      }
    }
  }

  /// Sum of squares in double precision, for the norm of all gradients.
  ///
  /// Each chunk of a fixed size adds in eight lanes, and chunks are added in their order, so the bits do not depend on
  /// the number of threads.
  ///
  /// - Cost: one pass over the gradient.
  package static func squaredNorm(_ gradient: Tensor) -> Double {
    let plain = gradient.plain()
    let grain = Elementwise.grain
    var sums = [Double](repeating: 0, count: (plain.count + grain - 1) / grain)
    unsafe sums.withUnsafeMutableBufferPointer { buffer in
      // Sound without isolation: each chunk writes its own sum, and the tensor outlives the call.
      nonisolated(unsafe) let (g, sums) = unsafe (plain.storage.floats, buffer)
      parallel(plain.count, grain: grain) { range in
        var lanes = SIMD8<Double>(repeating: 0)
        var index = range.lowerBound
        while index + Lanes.scalarCount <= range.upperBound {
          let values = unsafe SIMD8<Double>(load(g, index))
          lanes += values * values
          index += Lanes.scalarCount
        }
        var sum = lanes.sum()
        while index < range.upperBound {
          let value = unsafe Double(g[index])
          sum += value * value
          index += 1
        }
        unsafe sums[range.lowerBound / grain] = sum
      }
    }
    return sums.reduce(0, +)
  }
}

/// One step of Adam with its constants worked out in double precision: m and v are the running means of the gradient and
/// of its square.
///
/// g' = gradientFactor g + l2 w; m += (1 - beta1) (g' - m); v = beta2 v + (1 - beta2) g'^2;
/// w = (1 - rate decay) w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
///
/// - Source: Kingma, Ba 2015, arXiv 1412.6980, algorithm 1; Loshchilov, Hutter 2019, arXiv 1711.05101, algorithm 2.
package struct AdamStep: Sendable {
  /// Where weight decay acts.
  package enum Decay: Sendable {
    /// On the gradient, as in Adam: l2.
    case gradient(Double)
    /// On the weight itself, in proportion to the rate, as in AdamW.
    case weight(Double)
  }

  private let gradientFactor: Float
  private let pull: Float
  private let meanShare: Float
  private let squareKeep: Float
  private let squareShare: Float
  private let weightKeep: Float
  private let rate: Float
  private let epsilon: Float

  /// The `count`-th update of a parameter, from 1.
  ///
  /// - Precondition: `count` > 0; `beta1` and `beta2` in 0..<1.
  package init(
    count: Int, rate: Double, beta1: Double, beta2: Double, epsilon: Double, decay: Decay, gradientFactor: Double
  ) {
    precondition(count > 0, "adam: update \(count), expected 1 or more")
    precondition(
      (0..<1).contains(beta1) && (0..<1).contains(beta2), "adam: beta1 \(beta1), beta2 \(beta2), expected 0..<1")
    self.gradientFactor = Float(gradientFactor)
    switch decay {
    case .gradient(let decay):
      pull = Float(decay)
      weightKeep = 1
    case .weight(let decay):
      pull = 0
      weightKeep = Float(1 - rate * decay)
    }
    meanShare = Float(1 - beta1)
    squareKeep = Float(beta2)
    squareShare = Float(1 - beta2)
    // Multiplied through by the root of v's correction, so that the loop has one division.
    let correction = (1 - pow(beta2, Double(count))).squareRoot()
    self.rate = Float(rate * correction / (1 - pow(beta1, Double(count))))
    self.epsilon = Float(epsilon * correction)
  }

  @inline(__always)
  fileprivate func applied(
    _ w: Float, _ m: Float, _ v: Float, _ g: Float
  ) -> (weight: Float, mean: Float, square: Float) {
    let arrived = gradientFactor * g + pull * w
    let mean = m + meanShare * (arrived - m)
    let square = squareKeep * v + squareShare * arrived * arrived
    // The magnitude, which changes nothing, tells the compiler that the root needs no test for negative numbers; with
    // one it does not vectorise.
    return (weightKeep * w - rate * mean / (square.magnitude.squareRoot() + epsilon), mean, square)
  }
}
