import Autodiff
import Glibc
import Kernels
import Networks
import Pruning
import TestSupport
import Testing

private typealias Plain = PlainTensor<Double>

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// Analytic gradients against central differences in double precision.
@Suite struct MethodGradientTests {
  private static let tolerance = Tolerance(absolute: 2e-4, relative: 2e-4)

  /// Half-way between the last pruned and the first kept magnitude.
  private static func threshold(_ values: [Double], pruned: Int) -> Double {
    let sorted = values.map(abs).sorted()
    return (sorted[pruned - 1] + sorted[pruned]) / 2
  }

  /// Distinct magnitudes of both signs.
  private static func weight(_ shape: Shape) -> Tensor {
    let magnitudes = Tensor.shuffled("weight", shape).elements
    return Tensor(magnitudes.enumerated().map { ($0 % 3 == 0 ? -1 : 1) * ($1 * 0.9 + 0.05) }, shape: shape)
  }

  @Test(arguments: [
    (MethodConfig.Temperature.absolute(0.05), MethodConfig.ThresholdGradient?.none), (.relative(0.2), nil),
    (.absolute(0.05), .attached), (.relative(0.2), .attached),
  ])
  func pdpOfSingleWeights(temperature: MethodConfig.Temperature, threshold: MethodConfig.ThresholdGradient?) throws {
    let weight = Self.weight([6, 5])
    let upstream = Tensor.random("upstream", [6, 5])
    let method = PDP(temperature: temperature, threshold: threshold)
    let parameter = Parameter(weight, role: .weight)
    let target = WeightTarget(PrunableWeight(path: "w", parameter: parameter), .unstructured)
    target.setEffective(dropping: 18, by: method)
    let held = Self.threshold(weight.elements.map(Double.init), pruned: 18)
    func output(_ w: Plain) -> Plain {
      // A constant threshold is that of the weights before they were moved.
      let t = threshold == .attached ? Self.threshold(w.elements, pruned: 18) : held
      let tau =
        switch temperature {
        case .absolute(let tau): tau
        case .relative(let kappa): kappa * t * t
        }
      return w.map { sigmoid(($0 * $0 - t * t) / tau) * $0 }
    }
    expectClose(try #require(parameter.effective), output(Plain(weight)), Self.tolerance, "output")
    parameter.gradient = upstream
    target.pullBackSoftMask()
    let expected = centralDifferences(at: Plain(weight)) { Plain(upstream).dot(output($0)) }
    expectClose(try #require(parameter.gradient), expected, Self.tolerance, "gradient")
  }

  @Test(arguments: [
    (2, 4, MethodConfig.Temperature.absolute(0.05)), (1, 4, .absolute(0.05)), (2, 4, .relative(0.3)),
    (1, 4, .relative(0.3)),
  ])
  func pdpOfGroups(keeping: Int, size: Int, temperature: MethodConfig.Temperature) throws {
    let shape: Shape = [2, 8, 1, 3]
    let weight = Self.weight(shape)
    let upstream = Tensor.random("upstream", shape)
    let parameter = Parameter(weight, role: .weight)
    let target = WeightTarget(
      PrunableWeight(path: "w", parameter: parameter), .groups(keeping: keeping, of: size))
    target.setEffective(dropping: shape.count / size * (size - keeping), by: PDP(temperature: temperature))
    // Each group's threshold, at every element of it.
    var thresholds = [Double](repeating: 0, count: shape.count)
    for output in 0..<2 {
      for block in 0..<8 / size {
        for position in 0..<3 {
          let group = (0..<size).map { (output * 8 + block * size + $0) * 3 + position }
          let threshold = Self.threshold(group.map { Double(weight.elements[$0]) }, pruned: size - keeping)
          for index in group { thresholds[index] = threshold }
        }
      }
    }
    let tau =
      switch temperature {
      case .absolute(let tau): tau
      case .relative(let kappa): kappa * thresholds.reduce(0) { $0 + $1 * $1 } / Double(shape.count)
      }
    func output(_ w: Plain) -> Plain {
      PlainTensor(
        zip(w.elements, thresholds).map { w, t in sigmoid((w * w - t * t) / tau) * w }, shape: shape)
    }
    expectClose(try #require(parameter.effective), output(Plain(weight)), Self.tolerance, "output")
    let mask = PlainTensor(
      zip(Plain(weight).elements, thresholds).map { w, t in sigmoid((w * w - t * t) / tau) }, shape: shape)
    expectClose(try #require(target.softMask), mask, Self.tolerance, "mask")
    parameter.gradient = upstream
    target.pullBackSoftMask()
    let expected = centralDifferences(at: Plain(weight)) { Plain(upstream).dot(output($0)) }
    expectClose(try #require(parameter.gradient), expected, Self.tolerance, "gradient")
  }

  /// The loss is linear in everything that the mask multiplies; both groups of the toy, with one and two producers.
  @Test(arguments: [0, 1], [MethodConfig.Temperature.absolute(0.4), .relative(0.5)])
  func pdpOfChannels(number: Int, temperature: MethodConfig.Temperature) throws {
    let channels = ToyChannels()
    for (path, parameter) in channels.named { parameter.value = .random(path, parameter.shape) }
    let group = channels.groups[number]
    let target = ChannelTarget(group, minimum: 1, multiple: 1)
    let pruned = group.count / 2
    target.setEffective(dropping: pruned, by: PDP(temperature: temperature))
    let makers = group.slices.filter(\.makesValues)
    func norms(_ values: [String: Plain]) -> [Double] {
      (0..<group.count).map { channel in
        group.producers.reduce(0) { sum, producer in
          let elements = values[producer.path]?.elements ?? []
          let width = elements.count / group.count
          return sum + elements[channel * width..<(channel + 1) * width].reduce(0) { $0 + $1 * $1 }.squareRoot()
        } / Double(group.producers.count)
      }
    }
    // Filters with a normalisation behind them are not masked themselves.
    let gates = Set(group.normalizations.flatMap { ["\($0.path).weight", "\($0.path).bias"] })
    #expect(!gates.isEmpty)
    for slices in makers {
      #expect((slices.parameter.effective != nil) == gates.contains(slices.path), "\(slices.path)")
    }
    let base = Dictionary(uniqueKeysWithValues: makers.map { ($0.path, Plain($0.parameter.value)) })
    let threshold = Self.threshold(norms(base), pruned: pruned)
    let tau =
      switch temperature {
      case .absolute(let tau): tau
      case .relative(let kappa): kappa * threshold * threshold
      }
    func loss(_ values: [String: Plain]) -> Double {
      let mask = norms(values).map { sigmoid(($0 * $0 - threshold * threshold) / tau) }
      return values.reduce(0) { sum, entry in
        let upstream = Tensor.random("upstream \(entry.key)", entry.value.shape).elements
        let width = entry.value.count / group.count
        return sum
          + entry.value.elements.indices.reduce(0) {
            $0 + (gates.contains(entry.key) ? mask[$1 / width] : 1) * entry.value.elements[$1] * Double(upstream[$1])
          }
      }
    }
    for slices in makers {
      slices.parameter.gradient = .random("upstream \(slices.path)", slices.parameter.shape)
    }
    target.pullBackSoftMask()
    for slices in makers {
      let expected = centralDifferences(at: Plain(slices.parameter.value)) { point in
        loss(base.merging([slices.path: point]) { $1 })
      }
      expectClose(try #require(slices.parameter.gradient), expected, Self.tolerance, slices.path)
    }
  }

  // MARK: Learnt numbers

  private static func moment(_ step: Int, endStep: Int = 60) -> PruningMoment {
    PruningMoment(
      step: step, stepsPerEpoch: 10, totalSteps: 100, share: 0.5, sparsity: 0.8, startStep: 20, endStep: endStep)
  }

  private static func layer(_ method: any LearnedMethod, siblings: Int = 1) -> LearnedLayer {
    let target = WeightTarget(
      PrunableWeight(path: "w", parameter: Parameter(weight([6, 5]), role: .weight)), .unstructured)
    return LearnedLayer(target, auxiliary: method.auxiliary(for: target), siblings: siblings)
  }

  @Test(arguments: [-0.5, 0, 0.3], [0, 25, 59])
  func continuousSparsification(initial: Double, step: Int) throws {
    let method = ContinuousSparsification(initial: initial, penalty: 0.7, sharpness: 20, selection: .sign)
    let layer = Self.layer(method)
    let moment = Self.moment(step)
    if step == 0 {
      // The mask is 1 at the start.
      expectClose(try #require(method.effective(layer, at: moment)), layer.weight, .single)
    }
    layer.auxiliary.value = .random("scores", [6, 5], in: -0.3...0.3)
    let beta = pow(20, Double(step / 10) / 5)
    let upstream = Tensor.random("upstream", [6, 5])
    func mask(_ q: Plain) -> Plain { q.map { sigmoid(beta * $0) / sigmoid(initial) } }
    func output(_ w: Plain, _ q: Plain) -> Plain {
      Plain(zip(mask(q).elements, w.elements).map { $0 * $1 }, shape: w.shape)
    }
    let (w, q) = (Plain(layer.weight), Plain(layer.auxiliary.value))
    expectClose(try #require(method.effective(layer, at: moment)), output(w, q), Self.tolerance, "output")
    var gradient = upstream
    let atScores = method.pullBack(&gradient, layer, at: moment)
    let u = Plain(upstream)
    expectClose(gradient, centralDifferences(at: w) { u.dot(output($0, q)) }, Self.tolerance, "weight")
    let expected = centralDifferences(at: q) { u.dot(output(w, $0)) + 0.7 * mask($0).elements.reduce(0, +) }
    expectClose(atScores, expected, Self.tolerance, "scores")
  }

  /// The penalty of soft movement pruning, besides the straight-through part, which is linear in the scores.
  @Test(arguments: [10, 20, 40, 60, 80])
  func softMovement(step: Int) {
    let method = SoftMovement(scoreRate: 1, threshold: 0.1, penalty: 40)
    let layer = Self.layer(method, siblings: 3)
    layer.auxiliary.value = .random("scores", [6, 5])
    let progress = min(max(Double(step - 20) / 40, 0), 1)
    let penalty = 40 * (1 - pow(1 - progress, 3))
    let (w, upstream) = (Plain(layer.weight), Tensor.random("upstream", [6, 5]))
    var gradient = upstream
    let atScores = method.pullBack(&gradient, layer, at: Self.moment(step))
    let straight = Plain(zip(w.elements, Plain(upstream).elements).map { $0 * $1 }, shape: w.shape)
    let expected = centralDifferences(at: Plain(layer.auxiliary.value)) { s in
      s.dot(straight) + penalty * s.map(sigmoid).elements.reduce(0, +) / 30 / 3
    }
    expectClose(atScores, expected, Self.tolerance)
    expectClose(gradient, upstream, .exact)
  }

  @Test func softThresholds() throws {
    let method = SoftThresholdReparameterization(initial: -1, decay: 0.1)
    let layer = Self.layer(method)
    let (w, upstream) = (Plain(layer.weight), Tensor.random("upstream", [6, 5]))
    func output(_ w: Plain, _ s: Double) -> Plain {
      w.map { ($0 < 0 ? -1 : 1) * max(abs($0) - sigmoid(s), 0) }
    }
    expectClose(try #require(method.effective(layer, at: Self.moment(5))), output(w, -1), Self.tolerance)
    var gradient = upstream
    let atParameter = method.pullBack(&gradient, layer, at: Self.moment(5))
    expectClose(gradient, centralDifferences(at: w) { Plain(upstream).dot(output($0, -1)) }, Self.tolerance)
    let expected = centralDifferences(at: Plain([-1], shape: [1])) { s in
      Plain(upstream).dot(output(w, s.elements[0]))
    }
    expectClose(atParameter, expected, Self.tolerance)
    #expect(gradient.elements.contains(0) && abs(expected.elements[0]) > 1e-2)
  }

  /// Combinations learn by the sum over their positions, where the group is masked too.
  @Test func combinations() {
    let method = LearnedCombinations(keeping: 2, of: 4)
    let target = WeightTarget(
      PrunableWeight(path: "w", parameter: Parameter(Self.weight([2, 4, 1, 2]), role: .weight)),
      .groups(keeping: 2, of: 4))
    let layer = LearnedLayer(target, auxiliary: method.auxiliary(for: target), siblings: 1)
    // Each position's combinations add up to 1.
    #expect(layer.auxiliary.value.elements == [Float](repeating: 1 / 3, count: 4 * 6))
    layer.auxiliary.value = .random("scores", [4, 6])
    method.decide(
      [layer],
      at: PruningMoment(
        step: 60, stepsPerEpoch: 10, totalSteps: 100, share: 1, sparsity: 0.5, startStep: 20, endStep: 60))
    var gradient = Tensor.random("upstream", [2, 4, 1, 2])
    let upstream = gradient.elements
    let scores = method.pullBack(&gradient, layer, at: Self.moment(60)).elements
    // In the order of their bits.
    let members = [[0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3]]
    for output in 0..<2 {
      for position in 0..<2 {
        let group = output * 2 + position
        let best = (0..<6).max {
          layer.auxiliary.value.elements[group * 6 + $0] < layer.auxiliary.value.elements[group * 6 + $1]
        }
        for (combination, positions) in members.enumerated() {
          let indices = positions.map { output * 8 + $0 * 2 + position }
          let expected = indices.reduce(0) { $0 + upstream[$1] * layer.weight.elements[$1] }
          #expect(abs(scores[group * 6 + combination] - expected) < 1e-6)
          if combination == best {
            for channel in 0..<4 {
              let index = output * 8 + channel * 2 + position
              #expect(layer.mask?[index] == positions.contains(channel))
              #expect(gradient.elements[index] == (positions.contains(channel) ? upstream[index] : 0))
            }
          }
        }
      }
    }
  }
}
