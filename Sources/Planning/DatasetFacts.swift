import Datasets
import Training

/// What planning must know of a data set.
package struct DatasetFacts: Equatable, Sendable {
  /// Name in the catalogue, such as `cifar10-10k`.
  package var name: String
  /// SHA-256 over the digests of the data set's files.
  package var fingerprint: String
  package var content: Content
  /// Examples that one replicate trains on.
  package var trainingExamples: Int
  /// Examples that one replicate is evaluated on, of each part.
  package var evaluationExamples: Int

  package enum Content: Equatable, Sendable {
    case images(channels: Int, height: Int, width: Int, classes: Int)
    /// With the names of the parts that runs are evaluated on, `test` first.
    case text(TextTask, parts: [String])

    /// In a sentence.
    var noun: String {
      switch self {
      case .images: "images"
      case .text: "text"
      }
    }
  }

  /// Whether runs on it end with the number `metric`.
  func measures(_ metric: Plan.Metric) -> Bool {
    switch content {
    case .images: metric == .top1
    case .text(let task, let parts):
      parts.contains { part in task.metrics.contains { $0.resultName(on: part) == metric.rawValue } }
    }
  }

  package init(
    name: String, fingerprint: String, content: Content, trainingExamples: Int, evaluationExamples: Int
  ) {
    self.name = name
    self.fingerprint = fingerprint
    self.content = content
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
  }

  package init(
    name: String, fingerprint: String, channels: Int, height: Int, width: Int, classes: Int, trainingExamples: Int,
    evaluationExamples: Int
  ) {
    self.init(
      name: name, fingerprint: fingerprint,
      content: .images(channels: channels, height: height, width: width, classes: classes),
      trainingExamples: trainingExamples, evaluationExamples: evaluationExamples)
  }
}

/// What planning must know of a pre-trained encoder.
package struct EncoderFacts: Equatable, Sendable {
  /// Name in the catalogue, such as `minilm-l6`.
  package var name: String
  /// SHA-256 over the digests of the encoder's files.
  package var fingerprint: String
  package var sizes: EncoderContent

  package init(name: String, fingerprint: String, sizes: EncoderContent) {
    self.name = name
    self.fingerprint = fingerprint
    self.sizes = sizes
  }
}

extension DatasetFacts {
  /// What `manifest` says; the data themselves need not be there.
  ///
  /// - Throws: `DatasetError`, if the manifest divides its examples into nothing or holds none.
  package init(_ manifest: Manifest) throws(DatasetError) {
    let counts = try manifest.counts()
    let content: Content
    if manifest.kind == .text {
      let text = try manifest.text()
      content = .text(text.task, parts: text.partition.evaluations.map(\.name))
    } else {
      let images = try manifest.images()
      content = .images(
        channels: images.shape.channels, height: images.shape.height, width: images.shape.width,
        classes: images.classCount)
    }
    self.init(
      name: manifest.name, fingerprint: manifest.fingerprint, content: content, trainingExamples: counts.training,
      evaluationExamples: counts.evaluation)
  }
}

extension Planner {
  /// A planner that knows every data set and encoder with a manifest in `store`.
  ///
  /// - Throws: `DatasetError` for a folder or manifest that cannot be read.
  package init(store: DatasetStore) throws(DatasetError) {
    var datasets: [DatasetFacts] = []
    var encoders: [EncoderFacts] = []
    for name in try store.names() {
      let manifest = try store.manifest(name)
      if case .encoder(let sizes) = manifest.content {
        encoders.append(EncoderFacts(name: name, fingerprint: manifest.fingerprint, sizes: sizes))
      } else {
        datasets.append(try DatasetFacts(manifest))
      }
    }
    self.init(datasets: datasets, encoders: encoders)
  }
}
