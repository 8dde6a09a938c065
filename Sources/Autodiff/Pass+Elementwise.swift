import Kernels

extension Pass {
  /// max(x, 0).
  package func relu(_ x: Variable) -> Variable {
    let output = Elementwise.relu(x.value)
    return result(
      output, learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(Elementwise.reluGradient(upstream, output: output))
      })
  }

  /// min(max(x, 0), 6).
  package func relu6(_ x: Variable) -> Variable {
    let output = Elementwise.relu6(x.value)
    return result(
      output, learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(Elementwise.relu6Gradient(upstream, output: output))
      })
  }

  /// A smooth activation of every element.
  package func activation(_ x: Variable, _ activation: Activation) -> Variable {
    result(
      activation(x.value), learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(activation.gradient(upstream, at: x.value))
      })
  }

  /// Softmax over the last axis.
  package func softmax(_ x: Variable) -> Variable {
    let output = Softmax.forward(x.value)
    return result(
      output, learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(Softmax.gradient(upstream, output: output))
      })
  }

  /// Logarithm of the softmax over the last axis.
  package func logSoftmax(_ x: Variable) -> Variable {
    let output = Softmax.logarithm(x.value)
    return result(
      output, learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(Softmax.logarithmGradient(upstream, output: output))
      })
  }

  /// a + b.
  package func sum(_ a: Variable, _ b: Variable) -> Variable {
    result(
      Elementwise.sum(a.value, b.value), learns: a.needsGradient || b.needsGradient,
      derivative: { upstream in
        if a.needsGradient { a.accumulate(upstream) }
        if b.needsGradient { b.accumulate(upstream) }
      })
  }

  /// max(a + b, 0), a residual block's end.
  package func rectifiedSum(_ a: Variable, _ b: Variable) -> Variable {
    let output = Elementwise.rectifiedSum(a.value, b.value)
    return result(
      output, learns: a.needsGradient || b.needsGradient,
      derivative: { upstream in
        let gradient = Elementwise.reluGradient(upstream, output: output)
        if a.needsGradient { a.accumulate(gradient) }
        if b.needsGradient { b.accumulate(gradient) }
      })
  }
}
