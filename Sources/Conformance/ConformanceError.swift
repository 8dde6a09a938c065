/// What can be wrong with a conformance case or its folder.
package enum ConformanceError: Error, Equatable, CustomStringConvertible {
  case unreadableFolder(path: String)
  case emptyFolder(path: String)
  case missingMetadata(case: String, key: String)
  case malformedTolerance(case: String, key: String, value: String)
  case malformedAttributes(case: String, operation: String)
  case missingTensor(case: String, key: String)
  case unknownOperation(String)
  case unknownVariant(operation: String, variant: String)
  case unsupportedExpectation(case: String, key: String)
  case nothingExpected(case: String)
  case malformedInput(case: String, reason: String)
  case notJSON(case: String)
  case unknownKeys(case: String, keys: [String])
  case unknownPackage(case: String, package: String)

  package var description: String {
    switch self {
    case .unreadableFolder(let path):
      "folder of cases '\(path)' cannot be read; give a folder that holds .safetensors and .json cases"
    case .emptyFolder(let path):
      "folder '\(path)' holds no case; give a folder that holds .safetensors and .json cases"
    case .missingMetadata(let name, let key): "case '\(name)' has no '\(key)' in its metadata"
    case .malformedTolerance(let name, let key, let value):
      "case '\(name)': '\(key)' is '\(value)', expected a number that is not negative"
    case .malformedAttributes(let name, let operation):
      "case '\(name)': its attributes are not those of '\(operation)'"
    case .missingTensor(let name, let key): "case '\(name)' has no tensor '\(key)'"
    case .unknownOperation(let operation): "operation '\(operation)' is not known to this version"
    case .unknownVariant(let operation, let variant): "'\(operation)' with '\(variant)' is not known to this version"
    case .unsupportedExpectation(let name, let key):
      "case '\(name)' expects '\(key)', which the operation does not produce"
    case .nothingExpected(let name): "case '\(name)' expects nothing; give it a tensor whose name begins 'expected.'"
    case .malformedInput(let name, let reason): "case '\(name)': \(reason)"
    case .notJSON(let name): "case '\(name)' is not a JSON object"
    case .unknownKeys(let name, let keys):
      "case '\(name)' is of no kind known to this version: its keys are [\(keys.joined(separator: ", "))]"
    case .unknownPackage(let name, let package):
      "case '\(name)' needs the data package '\(package)', which no manifest of the workspace names"
    }
  }
}
