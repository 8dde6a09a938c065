import Digests
import Kernels
import StudyKit

extension RunSpec {
  /// The text that is hashed and stored as `spec.json`: keys sorted by their bytes, every number's type visible.
  ///
  /// - Throws: `PlanningError.notFinite` if a number is not finite.
  package var canonicalText: String {
    get throws(PlanningError) { try canonicalForm(of: self) }
  }

  /// SHA-256 of the canonical text, 64 hexadecimal digits.
  package var id: String {
    get throws(PlanningError) { SHA256Digest(of: try canonicalText).description }
  }
}

extension Plan.Run {
  /// The run of a configuration at one replicate.
  ///
  /// Deviation: the seed is hashed too, because two studies with different seeds may share a configuration, and their
  /// results must not be taken for one another.
  package init(
    spec: String, replicate: Int, studySeed: Seed, needs: [String]? = nil, numerics: Int = Numerics.version
  ) {
    // 63 bits, because SQLite's integers are signed.
    let seed = studySeed.derived("replicate/\(replicate)").value >> 1
    self.init(
      id: Self.id(spec: spec, replicate: replicate, seed: seed, numerics: numerics), spec: spec, replicate: replicate,
      seed: seed, needs: needs)
  }

  /// Id of the run of a configuration at one replicate, with its seed, by one version of the engine's numerics.
  package static func id(spec: String, replicate: Int, seed: UInt64, numerics: Int) -> String {
    var digest = PartsDigest()
    digest.add(spec)
    digest.add(String(replicate))
    digest.add(String(seed))
    digest.add(String(numerics))
    return digest.finalize().prefix(12)
  }
}

/// Canonical JSON of a planned value.
func canonicalForm(of value: some Encodable) throws(PlanningError) -> String {
  do {
    return try CanonicalJSON.text(of: value, nonFinite: .refused)
  } catch EncodingError.invalidValue(_, let context) {
    throw .notFinite(path: context.codingPath.map(\.stringValue).joined(separator: "."))
  } catch {
    // The encoder throws nothing else.
    throw .notFinite(path: "\(error)")
  }
}
