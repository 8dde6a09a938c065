import Datasets
import Networks

/// A pre-trained encoder with a head for one task.
package struct TextModelConfig: Codable, Equatable, Sendable {
  /// Name of the encoder in the catalogue, such as `minilm-l6`.
  package var encoder: String
  /// SHA-256 over the digests of the encoder's files, from its manifest.
  package var fingerprint: String
  /// Whether layers of the encoder are left out, the last ones.
  package var isCut: Bool
  /// Whether texts are put into small letters before they are split, as the encoder's were.
  package var lowercases: Bool
  package var network: BertModelConfig

  package init(encoder: String, fingerprint: String, isCut: Bool, lowercases: Bool, network: BertModelConfig) {
    self.encoder = encoder
    self.fingerprint = fingerprint
    self.isCut = isCut
    self.lowercases = lowercases
    self.network = network
  }

  /// Most tokens of a text: as the data say, or as many as the encoder has positions.
  package func longestText(_ data: DataConfig) -> Int { data.text?.maximumLength ?? network.encoder.positions }
}
