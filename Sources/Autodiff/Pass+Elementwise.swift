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
