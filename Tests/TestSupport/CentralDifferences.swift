/// Gradient of `function` at `point` by central differences, one element at a time.
///
/// - Cost: two calls of `function` an element.
package func centralDifferences(
  at point: PlainTensor<Double>, step: Double = 1e-5, of function: (_ point: PlainTensor<Double>) -> Double
) -> PlainTensor<Double> {
  var moved = point
  var gradient = PlainTensor<Double>(repeating: 0, shape: point.shape)
  for index in point.elements.indices {
    moved.elements[index] = point.elements[index] + step
    let above = function(moved)
    moved.elements[index] = point.elements[index] - step
    let below = function(moved)
    moved.elements[index] = point.elements[index]
    gradient.elements[index] = (above - below) / (2 * step)
  }
  return gradient
}
