import Foundation
import Kernels
import Networks

/// What a network says about one input.
package struct Prediction: Encodable {
  /// The input's path, with `:` and the line where a file has several.
  package let input: String
  /// The most probable classes, the first first; empty where the network gives a score.
  package let classes: [Class]
  /// Of a network that gives one number.
  package let score: Double?

  package struct Class: Encodable {
    package let index: Int
    package let name: String
    package let probability: Double
  }

  /// - Shapes: `scores` [1, outputs].
  package init(input: String, scores: Tensor, model: DeployedModel, top: Int = 5) {
    self.input = input
    let values = scores.elements.map { Double($0) }
    guard values.count > 1 else {
      classes = []
      score = values.first
      return
    }
    score = nil
    let largest = values.max() ?? 0
    let powers = values.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    classes = powers.indices.sorted { (powers[$1], $0) < (powers[$0], $1) }.prefix(top).map { index in
      Class(index: index, name: model.className(index), probability: powers[index] / sum)
    }
  }
}
