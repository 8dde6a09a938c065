import Foundation

/// What went wrong, in words without the file's name: the caller's message has it already.
func reason(of error: any Error) -> String {
  switch error {
  case let error as DecodingError: reason(of: error)
  case let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile:
    "no such file"
  case let error as CocoaError where error.code == .fileReadNoPermission || error.code == .fileWriteNoPermission:
    "permission denied"
  case let error as CocoaError where error.code == .fileWriteVolumeReadOnly: "read-only file system"
  case let error as CocoaError where error.code == .fileWriteOutOfSpace: "no space left on the device"
  default: (error as NSError).localizedDescription
  }
}

private func reason(of error: DecodingError) -> String {
  func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? "at the top" : "at '\(path)'"
  }
  return switch error {
  case .typeMismatch(let type, let context): "expected \(type) \(place(context))"
  case .valueNotFound(let type, let context): "expected \(type), got nothing \(place(context))"
  case .keyNotFound(let key, let context): "key '\(key.stringValue)' is missing \(place(context))"
  case .dataCorrupted(let context) where context.codingPath.isEmpty: "not valid JSON"
  case .dataCorrupted(let context): "\(context.debugDescription) \(place(context))"
  @unknown default: "not decodable"
  }
}
