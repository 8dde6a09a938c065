/// What can be wrong with a file of weights.
package enum WeightsError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case malformed(path: String, fault: String)
  case unsupportedType(path: String, tensor: String, type: String)
  case mismatch(missing: [String], unused: [String], misshapen: [String])

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "weights file '\(path)' cannot be read: \(reason)"
    case .malformed(let path, let fault):
      "weights file '\(path)' is not a valid safetensors file: \(fault); export or copy it again"
    case .unsupportedType(let path, let tensor, let type):
      "weights file '\(path)': tensor '\(tensor)' has element type '\(type)', expected F32 or I64"
    case .mismatch(let missing, let unused, let misshapen):
      "weights do not fit the network: "
        + [
          missing.isEmpty ? nil : "missing \(quoted(missing))",
          unused.isEmpty ? nil : "not in the network \(quoted(unused))",
          misshapen.isEmpty ? nil : misshapen.joined(separator: ", "),
        ].compactMap(\.self).joined(separator: "; ")
    }
  }

  private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
