import Kernels

extension Pass {
  /// Two-dimensional convolution.
  ///
  /// - Shapes: `x` [N, Ci, H, W]; `weight` [Co, Ci / groups, Kh, Kw]; `bias` [Co]; result [N, Co, Ho, Wo].
  package func convolution(
    _ x: Variable, weight: Parameter, bias: Parameter? = nil, geometry: ConvolutionGeometry
  ) -> Variable {
    let kernel = weight.active
    let output = Convolution.forward(x.value, weight: kernel, bias: bias?.active, geometry: geometry)
    return result(
      output, learns: true,
      derivative: { upstream in
        let gradient = Convolution.weightGradient(
          upstream, input: x.value, weightShape: kernel.shape, hasBias: bias != nil, geometry: geometry)
        weight.accumulate(gradient.weight)
        if let bias, let shift = gradient.bias { bias.accumulate(shift) }
        if x.needsGradient {
          x.accumulate(
            Convolution.inputGradient(upstream, weight: kernel, inputShape: x.shape, geometry: geometry))
        }
      })
  }

  /// Linear map.
  ///
  /// - Shapes: `x` [..., in]; `weight` [out, in]; `bias` [out]; result [..., out].
  package func linear(_ x: Variable, weight: Parameter, bias: Parameter?) -> Variable {
    let matrix = weight.active
    let output = MatrixProduct.linear(x.value, weight: matrix, bias: bias?.active)
    return result(
      output, learns: true,
      derivative: { upstream in
        weight.accumulate(MatrixProduct.linearWeightGradient(upstream, input: x.value))
        bias?.accumulate(MatrixProduct.columnSums(upstream))
        if x.needsGradient { x.accumulateLinear(upstream, weight: matrix) }
      })
  }
}
