import Datasets
import Foundation
import Inference
import Kernels
import Networks
import Training

/// Texts from files, a text a line, as an encoder reads them; the two texts of a pair stand on one line with a tab between.
package struct SentenceInput {
  private let classifier: BertClassifier
  private let tokenizer: BertTokenizer
  private let length: Int

  private static let mostLines = 100_000

  /// - Throws: `DatasetError` if the encoder's vocabulary is not here; `DeploymentError.noPlan` for a network of images.
  package init(for model: DeployedModel, datasets: DatasetStore) throws {
    guard case .text(let config) = model.config, case .text(let classifier) = model.network else {
      throw DeploymentError.noPlan(name: model.name, network: model.config.description, expected: "texts")
    }
    let folder = try datasets.folder(config.encoder)
    let vocabulary = try WordPieceVocabulary(contentsOf: folder.appending(path: "vocab.txt"))
    guard vocabulary.count <= config.network.encoder.vocabularySize else {
      throw WeightsError.vocabularyTooLarge(tokens: vocabulary.count, rows: config.network.encoder.vocabularySize)
    }
    self.classifier = classifier
    tokenizer = BertTokenizer(vocabulary: vocabulary, lowercasing: config.lowercases)
    let positions = config.network.encoder.positions
    length = max(3, min(model.length ?? positions, positions))
  }

  /// The lines of a file that are not empty.
  ///
  /// - Throws: `DeploymentError` with the file's path.
  package static func lines(_ url: URL, path: String) throws(DeploymentError) -> [String] {
    let data = try ImageInput.contents(of: url, path: path)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .malformedInput(path: path, fault: "it is not UTF-8 text")
    }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init).filter { line in
      !line.allSatisfy(\.isWhitespace)
    }
    guard !lines.isEmpty else { throw .malformedInput(path: path, fault: "it holds no text, expected one a line") }
    guard lines.count <= mostLines else {
      throw .inputTooLarge(path: path, what: "\(lines.count) lines, at most \(mostLines) are read")
    }
    return lines
  }

  /// Scores of every line, by one inference plan of their greatest length.
  ///
  /// - Shapes: [1, outputs] a line.
  /// - Throws: `InferenceError.tooManyTokens`.
  package func scores(_ lines: [String]) throws -> [Tensor] {
    let texts = lines.map(encoded)
    guard let longest = texts.map(\.ids.count).max() else { return [] }
    let plan = try TokenPlan(classifier.frozenEncoder(), batch: 1, length: longest)
    return texts.map { text in
      let padding = [Int](repeating: 0, count: longest - text.ids.count)
      return plan(
        TokenBatch(
          batch: 1, length: longest, tokens: text.ids.map { Int($0) } + padding,
          types: text.types.map { Int($0) } + padding,
          isToken: (0..<longest).map { $0 < text.ids.count }))
    }
  }

  private func encoded(_ line: String) -> TokenizedText {
    let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
    return parts.count == 2
      ? tokenizer.encode(parts[0], parts[1], maxLength: length) : tokenizer.encode(line, maxLength: length)
  }
}
