import Conformance
import Datasets
import Foundation
import Networks
import Planning

extension FuzzReader {
  static let json = [
    FuzzReader(
      name: "manifest",
      tokens: jsonTokens + [
        "images", "text", "encoder", "user", "wheel", "official", "groupFolds", "../", "\"schema\"",
      ]
    ) { _ in
      { input in
        let manifest = try Manifest(input.data, path: "manifest.json", folder: input.role)
        // What planning makes of it.
        _ = manifest.bytes
        _ = manifest.fingerprint
        if case .encoder(let sizes) = manifest.content {
          let (rows, isTooMany) = sizes.vocabularySize.multipliedReportingOverflow(by: sizes.hiddenSize)
          try require(!isTooMany && rows < 1 << 50 && sizes.layers < 1 << 20, "an encoder of \(sizes)")
        } else {
          _ = try DatasetFacts(manifest)
        }
      }
    },
    FuzzReader(
      name: "encoder-configuration", tokens: jsonTokens + ["hidden_size", "num_attention_heads", "gelu", "bert"]
    ) { _ in
      { input in
        let config = try PretrainedConfiguration(input.data, path: "config.json").config
        try require(config.hiddenSize % config.heads == 0, "\(config.heads) heads of width \(config.hiddenSize)")
      }
    },
    FuzzReader(name: "spec", tokens: jsonTokens + ["\"pdp\"", "\"dense\"", "\"sgd\"", "\"adamW\"", "1e308"]) { _ in
      { input in
        let spec = try JSONDecoder().decode(RunSpec.self, from: input.data)
        let text = try spec.canonicalText
        let again = try JSONDecoder().decode(RunSpec.self, from: Data(text.utf8))
        try require(again == spec, "it reads as another configuration once it is written")
      }
    },
    FuzzReader(name: "plan", tokens: jsonTokens + ["\"needs\"", "\"runs\"", "\"schema\":1", "\"published\""]) { _ in
      { input in _ = try Plan.decoded(input.isSealed ? Seal.plan(input.data) : input.data, path: "plan.json") }
    },
    FuzzReader(
      name: "study", tokens: jsonTokens + ["\"inf\"", "\"nan\"", "\"arm\"", "\"pdp\"", "\"groups\"", "\"schema\":3"]
    ) { _ in
      { input in
        let study = try StudyLoader.decoded(input.data, path: "studies/\(input.role).swift")
        for fault in StudyValidation.faults(in: study, fileName: input.role) { _ = fault.description }
      }
    },
    // Every data package has the same small vocabulary.
    FuzzReader(
      name: "conformance",
      tokens: jsonTokens + ["prediction", "label", "score", "target", "matthews", "spearman", "vocab", "single", "ids"]
    ) { scratch in
      let folder = try ScratchFolder(scratch.appending(path: "cases"), of: "conformance")
      let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the"].joined(separator: "\n")
      try folder.write(Array(words.utf8), to: "vocab.txt")
      let packages = DataPackages { _ in .folder(folder.url) }
      return { input in
        try folder.put(input)
        let outcome = Conformance.run(file: folder.url.appending(path: input.role), packages: packages)
        if case .broken(let fault) = outcome.verdict { throw Refusal(fault) }
      }
    },
  ]
}

/// A refusal that a reader tells by its result.
struct Refusal: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
