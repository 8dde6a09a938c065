/// Optimizer steps, one pass over a parameter each.
package enum OptimizerUpdate {
  /// Stochastic gradient descent with momentum, as PyTorch defines it (no dampening).
  ///
  /// g' = g + decay w; v = momentum v + g'; w -= rate (nesterov ? g' + momentum v : v).
  ///
  /// - Precondition: equal shapes.
  package static func sgd(
    _ weight: inout Tensor, velocity: inout Tensor, gradient: Tensor, rate: Float, momentum: Float, nesterov: Bool,
    decay: Float
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
        let pull = unsafe load(g, index) + decay * old
        let speed = unsafe momentum * load(v, index) + pull
        unsafe store(speed, v, index)
        unsafe store(old - rate * (nesterov ? pull + momentum * speed : speed), w, index)
        index += Lanes.scalarCount
      }
      while index < range.upperBound {
        let pull = unsafe g[index] + decay * w[index]
        let speed = unsafe momentum * v[index] + pull
        unsafe v[index] = speed
        unsafe w[index] -= rate * (nesterov ? pull + momentum * speed : speed)
        index += 1
      }
    }
  }
}
