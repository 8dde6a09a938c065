import ArgumentParser
import Datasets
import Deployment
import Foundation
import Inference
import Kernels
import RunStore

/// Classifies images or texts from files.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer",
    abstract: "Classifies images or texts from files by a trained network.",
    discussion: """
      Images are PNG files (8-bit grey or RGB), binary PGM or PPM files, or safetensors files with one tensor [C, H, W] \
      of pixels from 0 to 1. They must have the size that the network was trained on, unless --resize is given, which \
      scales them bilinearly; they are normalised as the run's training images were. Texts are UTF-8 files, a text a \
      line, the two of a pair with a tab between. One file that cannot be used ends the command before anything is \
      printed.

      With --test-set, a run's whole test set goes through the plan, and the accuracy is held against the recorded one; \
      the command ends with 1 unless they are equal.

      Example: pdp-study infer 3f2a shoe.png bag.png
      Example: pdp-study infer model.pdpc photo.png --resize --json
      Example: pdp-study infer 3f2a --test-set
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Beginning of a run's id, or a .safetensors or .pdpc file.", valueName: "run or file"))
  var model: String

  @Argument(help: ArgumentHelp("Images or texts.", valueName: "input"))
  var inputs: [String] = []

  @Flag(help: "Scale images of another size.")
  var resize = false

  @Flag(help: "Of a run: classify its test set, and hold the accuracy against the recorded one.")
  var testSet = false

  @Option(help: ArgumentHelp("Of a file that does not say its network: a run of the same network.", valueName: "run"))
  var like: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard testSet != !inputs.isEmpty else {
      let found = testSet ? "not both" : "and there is neither"
      throw ValidationError("expected files to classify or --test-set, \(found)")
    }
  }

  func run() throws {
    if testSet { return try checkTestSet() }
    let deployed = try ModelTarget(model).deployed(global, like: like, normalizing: true)
    let predictions = try predictions(of: deployed)
    if json {
      Console.output(try PrettyJSON.text(of: predictions))
      return
    }
    for prediction in predictions {
      let name = Console.printable(prediction.input)
      if let score = prediction.score { Console.output("\(name): score \(Format.value(score))") }
      guard !prediction.classes.isEmpty else { continue }
      Console.output("\(name):")
      for entry in prediction.classes {
        Console.output("  \(Format.percent(entry.probability))  \(Console.printable(entry.name))")
      }
    }
  }

  private func predictions(of deployed: DeployedModel) throws -> [Prediction] {
    switch deployed.network {
    case .images:
      let reader = try ImageInput(for: deployed, resizing: resize)
      let images = try inputs.map { try reader.read(URL(filePath: $0), path: $0) }
      // One plan after the other images alike: all have the size that the network reads.
      guard case .images(let plan, _) = try deployed.compiled(batch: 1, choice: .measured) else { return [] }
      return zip(inputs, images).map { Prediction(input: $0, scores: plan($1), model: deployed) }
    case .text:
      let files = try inputs.map { ($0, try SentenceInput.lines(URL(filePath: $0), path: $0)) }
      let reader = try SentenceInput(for: deployed, datasets: DatasetStore(root: global.datasets))
      let names = files.flatMap { path, lines in lines.indices.map { "\(path):\($0 + 1)" } }
      return try zip(names, reader.scores(files.flatMap { $0.1 })).map {
        Prediction(input: $0, scores: $1, model: deployed)
      }
    }
  }

  private func checkTestSet() throws {
    guard !ModelTarget(model).isFile else { throw UsageError("--test-set is for runs: a file has no test set") }
    let (store, datasets) = (try global.openStore(), DatasetStore(root: global.datasets))
    let run = try store.runID(startingWith: model)
    let deployed = try store.deployed(run, datasets: datasets, normalizing: false)
    let result = try TestSet(
      deployed, run: store.details(of: run).run, spec: store.spec(ofRun: run), datasets: datasets)
    if json {
      Console.output(try PrettyJSON.text(of: result))
    } else {
      let recorded = result.recorded.map { "\($0)" } ?? "none"
      Console.output(
        """
        run \(result.run): \(result.correct) of \(result.examples) examples of the test set classified correctly
        accuracy by the plan \(result.top1), recorded \(recorded): \(result.agrees ? "equal" : "NOT equal")
        examples that the training engine classifies otherwise: \(result.classifiedOtherwise)
        """)
    }
    guard result.agrees else { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
