import Autodiff
import Kernels
import Networks
import Testing

@Suite struct ParameterGroupTests {
  private let parameters: [(path: String, parameter: Parameter)] = [
    ("body.0.weight", Parameter.Role.weight), ("body.0.norm.weight", .normalization),
    ("body.0.norm.bias", .normalization),
    ("head.weight", .weight), ("head.bias", .bias),
  ].map { ($0, Parameter(Tensor([1], shape: [1]), role: $1)) }

  private func names(in selection: ParameterGroup.Selection) throws -> [String] {
    let groups = [
      ParameterGroup(selection, rateFactor: 2, weightDecay: 0),
      ParameterGroup(.everything, rateFactor: 1, weightDecay: 0),
    ]
    return try GroupedParameter.grouped(parameters, by: groups).filter { $0.rateFactor == 2 }.map(\.path)
  }

  @Test(
    arguments: [
      (.role(.weight), ["body.0.weight", "head.weight"]), (.role(.bias), ["head.bias"]),
      (.role(.normalization), ["body.0.norm.weight", "body.0.norm.bias"]),
      (.paths(matching: "head.*"), ["head.weight", "head.bias"]),
      (.paths(matching: "*.bias"), ["body.0.norm.bias", "head.bias"]),
      (.paths(matching: "*norm*"), ["body.0.norm.weight", "body.0.norm.bias"]),
      (.paths(matching: "b*0*weight"), ["body.0.weight", "body.0.norm.weight"]),
      (.paths(matching: "head.bias"), ["head.bias"]),
    ] as [(ParameterGroup.Selection, [String])])
  func selectionTakesWhatItSays(selection: ParameterGroup.Selection, expected: [String]) throws {
    #expect(try names(in: selection) == expected)
  }

  /// A pattern is the whole path, and its pieces do not share characters.
  @Test(arguments: ["head", "weight", "head.bias.*", "head.bias*s", "", "body.*.0.weight"])
  func patternThatFitsNothingIsAnError(pattern: String) {
    let error = #expect(throws: OptimizerError.self) { try names(in: .paths(matching: pattern)) }
    #expect(error == .emptyGroup(.paths(matching: pattern)))
    #expect(
      error?.description
        == "the parameter group of paths '\(pattern)' has no parameter that an earlier group has not; correct or remove it"
    )
  }

  @Test func everyParameterIsInTheFirstGroupThatSelectsIt() throws {
    let grouped = try GroupedParameter.grouped(
      parameters,
      by: [
        ParameterGroup(.paths(matching: "head.*"), rateFactor: 10, weightDecay: 0.1),
        ParameterGroup(.role(.weight), rateFactor: 1, weightDecay: 0.2),
        ParameterGroup(.everything, rateFactor: 3, weightDecay: 0),
      ])
    #expect(grouped.map(\.path) == parameters.map(\.path))
    #expect(grouped.map(\.rateFactor) == [1, 3, 3, 10, 10])
    #expect(grouped.map(\.weightDecay) == [0.2, 0, 0, 0.1, 0.1])
  }

  @Test func groupBehindOthersThatLeaveItNothingIsAnError() {
    #expect(throws: OptimizerError.emptyGroup(.role(.bias))) {
      try GroupedParameter.grouped(
        parameters,
        by: [
          ParameterGroup(.everything, rateFactor: 1, weightDecay: 0),
          ParameterGroup(.role(.bias), rateFactor: 1, weightDecay: 0),
        ])
    }
  }

  @Test func parametersInNoGroupAreAllNamed() {
    let error = #expect(throws: OptimizerError.self) {
      try GroupedParameter.grouped(parameters, by: [ParameterGroup(.role(.weight), rateFactor: 1, weightDecay: 0)])
    }
    #expect(
      error?.description
        == "no parameter group selects 'body.0.norm.weight', 'body.0.norm.bias', 'head.bias'; add a last group of everything"
    )
  }

  /// The group's decay is in place of the optimizer's, and its factor is on the rate.
  @Test func groupsActInAnUpdate() throws {
    let config = SGDConfig(momentum: 0, nesterov: false, weightDecay: 7, decayScope: .allParameters)
    let optimizer = try OptimizerConfig.sgd(config).optimizer(
      for: parameters,
      groups: [
        ParameterGroup(.role(.weight), rateFactor: 1, weightDecay: 0.5),
        ParameterGroup(.everything, rateFactor: 2, weightDecay: 0),
      ])
    for (_, parameter) in parameters { parameter.gradient = Tensor([0.5], shape: [1]) }
    optimizer.update(rate: 0.25)
    #expect(parameters.map(\.parameter.value.scalar) == [0.75, 0.75, 0.75, 0.75, 0.75])
  }
}
