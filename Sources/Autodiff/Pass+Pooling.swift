import Kernels

extension Pass {
  /// Maximum or mean over windows.
  ///
  /// - Shapes: `x` [N, C, H, W]; result [N, C, Ho, Wo].
  package func pooling(_ x: Variable, _ geometry: PoolingGeometry) -> Variable {
    let (output, saved) = Pooling.forward(x.value, geometry)
    return result(
      output, learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(Pooling.backward(upstream, inputShape: x.shape, saved: saved, geometry))
      })
  }

  /// Mean over the whole image.
  ///
  /// - Shapes: `x` [N, C, H, W]; result [N, C].
  package func globalAveragePooling(_ x: Variable) -> Variable {
    let geometry = PoolingGeometry(globalAverageOver: x.shape)
    let (output, saved) = Pooling.forward(x.value, geometry)
    return result(
      output.reshaped(to: [x.shape[0], x.shape[1]]), learns: x.needsGradient,
      derivative: { upstream in
        let image = upstream.reshaped(to: [x.shape[0], x.shape[1], 1, 1])
        x.accumulate(Pooling.backward(image, inputShape: x.shape, saved: saved, geometry))
      })
  }
}
