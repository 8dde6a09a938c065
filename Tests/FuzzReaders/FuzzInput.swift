import Foundation

/// What a reader is given.
struct FuzzInput: Equatable {
  /// The file that the bytes stand for, such as `state.json`, where a reader reads several or several kinds.
  var role: String
  var bytes: [UInt8]
  /// Whether digests over the bytes are put right before they are read, so that what lies behind them is reached.
  var isSealed = false

  var data: Data { Data(bytes) }
}

/// What a reader did that none may do, besides crashing: it is told to the parent process.
struct ReaderFailure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
