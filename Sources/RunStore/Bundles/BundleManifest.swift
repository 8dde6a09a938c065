/// What a bundle of runs holds: the file `bundle.json` in it.
struct BundleManifest: Codable, Equatable {
  static let schema = 1
  static let name = "bundle.json"
  /// Longest manifest that is read, in bytes.
  static let maximumBytes = 64 << 20

  var schema: Int
  /// Ids of the runs, sorted.
  var runs: [String]
  /// Ids of the frozen plans that have them, sorted.
  var plans: [String]
  /// Every other file, sorted by name.
  var files: [File]

  struct File: Codable, Equatable {
    /// Path below the bundle, which is also that below `results`.
    var name: String
    var bytes: Int
    var sha256: String
  }
}

/// Which names files in a bundle may have.
enum BundleName {
  /// Whether `name` is one of a plan, or of a part of a run.
  ///
  /// A list of what there may be refuses absolute paths, `..` and everything else that could end up elsewhere.
  static func isAllowed(_ name: String) -> Bool {
    let words = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    switch words.first {
    case "plans": return words.count == 2 && words[1].hasSuffix(".json") && isID(words[1].dropLast(5))
    case "runs" where words.count >= 3 && isID(words[1]): return isAllowedInRun(Array(words.dropFirst(2)))
    default: return false
    }
  }

  /// The run that a file belongs to; nil for a plan.
  static func run(of name: String) -> String? {
    let words = name.split(separator: "/")
    return words.count > 2 && words[0] == "runs" ? String(words[1]) : nil
  }

  static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 12 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  private static func isAllowedInRun(_ words: [String]) -> Bool {
    switch (words[0], words.count) {
    case ("spec.json", 1), ("error.txt", 1), ("model.safetensors", 1): return true
    case ("attempts", 3):
      return isNumber(words[1]) && !words[1].hasPrefix("0") && ["journal.jsonl", "log.txt"].contains(words[2])
    case ("checkpoints", 3):
      return words[1].hasPrefix("step-") && isNumber(words[1].dropFirst(5)) && isPlain(words[2])
    default: return false
    }
  }

  private static func isNumber(_ text: some StringProtocol) -> Bool {
    (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { "0123456789".utf8.contains($0) }
  }

  private static func isPlain(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
      && text.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz-.".utf8.contains($0) }
  }
}
