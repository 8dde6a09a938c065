import Autodiff
import Kernels
import Testing

@Suite struct PassWitnessTests {
  private let x = Variable(Tensor([-1, 2, 9], shape: [3]))

  @Test func chosenOutputsAreKeptAsTheirLayersLeaveThem() {
    let witness = OutputWitness(of: ["a", "a.part", "absent"])
    let pass = Pass(.evaluation, witness: witness)
    let part = pass.at("a").at("part").relu(x)
    let output = pass.at("a").sum(part, pass.at("a").relu6(part))
    _ = pass.at("b").sum(output, output)
    _ = pass.sum(output, output)
    #expect(witness.outputs.mapValues(\.elements) == ["a.part": [0, 2, 9], "a": [0, 4, 15]])
  }

  @Test func firstLayerThatIsNotFiniteIsTheCulprit() {
    let witness = FiniteWitness()
    let pass = Pass(.training, witness: witness)
    _ = pass.at("a").relu(x)
    #expect(witness.culprit == nil)
    let broken = pass.at("b").sum(x, Variable(Tensor([0, .infinity, 0], shape: [3])))
    _ = pass.at("c").relu(broken)
    #expect(witness.culprit == "b")
  }
}
