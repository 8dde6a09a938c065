import Autodiff
import Foundation
import Kernels
import Pruning
import Testing

@Suite struct PruningStateTests {
  @Test(arguments: PruningConfig.pruningMethods, [1, 20, 37, 40, 69, 70, 71, 99])
  func resumingContinuesWithTheSameBits(method: MethodConfig, stop: Int) throws {
    let whole = try ToyRun(.test(method))
    try whole.train(0..<stop)
    _ = whole.session.layerPoints()
    let state = try JSONDecoder().decode(PruningState.self, from: JSONEncoder().encode(whole.session.state))
    #expect(state == whole.session.state)

    let resumed = try ToyRun(.test(method))
    for (to, from) in zip(resumed.parameters, whole.parameters) { to.value = from.value }
    resumed.velocities = whole.velocities
    try resumed.session.restore(state)

    try whole.train(stop..<100)
    try resumed.train(stop..<100)
    #expect(resumed.elements == whole.elements)
    #expect(resumed.session.state == whole.session.state)
    #expect(resumed.session.layerPoints() == whole.session.layerPoints())
    #expect(try resumed.session.freeze(step: 100) == whole.session.freeze(step: 100))
    #expect(resumed.elements == whole.elements)
  }

  @Test func aStateOfAnotherNetworkIsRefused() throws {
    let run = try ToyRun(.test(.gmp(storage: .shadow)))
    try run.train(0..<40)
    var other = run.session.state
    other.layers[2].path = "head.weight"
    let layers = #expect(throws: PruningError.self) { try run.session.restore(other) }
    #expect(
      layers?.description
        == "pruning state describes other layers: expected layer0.weight, layer1.weight, layer2.weight, "
        + "layer3.weight, got layer0.weight, layer1.weight, head.weight, layer3.weight")

    var smaller = run.session.state
    smaller.layers[1].mask = HardMask(kept: KeepMask(repeating: true, count: 299), threshold: nil)
    let weights = #expect(throws: PruningError.self) { try run.session.restore(smaller) }
    #expect(
      weights?.description
        == "pruning state of layer 'layer1.weight' has another size: expected 300 weights, got 299")
  }
}
