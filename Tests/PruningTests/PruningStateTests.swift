import Autodiff
import Kernels
import Pruning
import Testing

@Suite struct PruningStateTests {
  @Test(arguments: PruningConfig.everyPair, [0, 37, 54, 70])
  func resumingContinuesWithTheSameBits(pair: (method: MethodConfig, structure: Structure), stop: Int) throws {
    let config = PruningConfig.test(pair.method, pair.structure, sparsity: 0.7)
    let whole = try ToyRun(config)
    try whole.train(0..<stop)
    _ = whole.session.layerPoints()
    let checkpoint = try whole.checkpoint()
    let resumed = try ToyRun(config)
    try resumed.restore(checkpoint)
    #expect(resumed.session.state == whole.session.state)

    try whole.train(stop..<100)
    try resumed.train(stop..<100)
    #expect(resumed.elements == whole.elements)
    #expect(resumed.session.state == whole.session.state)
    #expect(
      resumed.session.auxiliaries.map(\.parameter.value.elements)
        == whole.session.auxiliaries.map(\.parameter.value.elements))
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
