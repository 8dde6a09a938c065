/// Why a network cannot be written as an ONNX model.
package enum ONNXError: Error, Equatable, CustomStringConvertible {
  /// Protocol buffers end where a signed 32-bit size does.
  case tooLarge(limit: Int)

  package var description: String {
    switch self {
    case .tooLarge(let limit):
      "the ONNX model would take more than \(limit) bytes, the most that a protocol buffer holds; export safetensors"
    }
  }
}
