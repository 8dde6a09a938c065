/// Discovering neural wirings: the largest magnitudes of each layer at every step from the first on, while every weight
/// gets the gradient as if it were there.
///
/// - Source: Wortsman, Farhadi, Rastegari, "Discovering neural wirings", 2019, arXiv 1906.00586.
package struct NeuralWirings: PruningMethod {
  package init() {}

  package var ramp: Ramp { .beforeTraining }
  package var ranking: Ranking { .once }
  package var storage: MethodConfig.Storage { .shadow }
  package var selection: SelectionTime { .everyStep }
  package var gradient: GradientRule { .straightThrough(pull: 0) }
}
