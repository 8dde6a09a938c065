import Kernels

extension Pass {
  /// Two-dimensional convolution.
  ///
  /// - Shapes: `x` [N, Ci, H, W]; `weight` [Co, Ci / groups, Kh, Kw]; `bias` [Co]; result [N, Co, Ho, Wo].
  package func convolution(
    _ x: Variable, weight: Parameter, bias: Parameter? = nil, geometry: ConvolutionGeometry
  ) -> Variable {
    let kernel = weight.active
    require(
      x.shape.rank == 4 && kernel.rank == 4 && x.shape[1] == kernel.shape[1] * geometry.groups, "convolution",
      "input \(x.shape), weight \(kernel.shape), groups \(geometry.groups) do not fit")
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
    require(
      x.shape.rank >= 1 && x.shape[x.shape.rank - 1] == matrix.shape[1], "linear",
      "input \(x.shape), weight \(matrix.shape) do not fit")
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
