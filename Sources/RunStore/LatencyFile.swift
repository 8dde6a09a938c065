import Digests
import Foundation
import Training

/// Measurements of a study's networks at one profile, a JSON object a line, each with the SHA-256 of the rest of its line
/// and of all lines before.
package struct LatencyFile {
  let url: URL

  private static let tail = Array(",\"digest\":\"".utf8)

  /// The file's measurements in the order in which they were taken; none if there is no file.
  ///
  /// - Throws: `RunStoreError.latenciesBroken` with the first line that is not what was written; `.fileSystem`.
  func read() throws(RunStoreError) -> [Latency] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
    }
    return try Self.latencies(in: [UInt8](data), path: url.path)
  }

  /// The measurements in a file's bytes.
  ///
  /// - Throws: `RunStoreError.latenciesBroken`.
  package static func latencies(in bytes: [UInt8], path: String) throws(RunStoreError) -> [Latency] {
    guard !bytes.isEmpty else { return [] }
    var latencies: [Latency] = []
    var digest = ""
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.dropLast().enumerated() {
      func broken(_ reason: String) -> RunStoreError { .latenciesBroken(path: path, line: index + 1, reason: reason) }
      let head = line.dropLast(tail.count + 66)
      digest = SHA256Digest(of: Array(digest.utf8) + head).description
      guard line.count > tail.count + 66, line.dropFirst(head.count).elementsEqual(ending(digest)) else {
        throw broken("its digest is not that of its text")
      }
      guard let latency = try? JournalCoding.decoder().decode(Latency.self, from: Data(head + Array("}".utf8))) else {
        throw broken("it is no measurement of this version")
      }
      if let fault = latency.fault { throw broken(fault) }
      latencies.append(latency)
    }
    guard lines.last?.isEmpty == true else {
      throw .latenciesBroken(path: path, line: lines.count, reason: "it has no end")
    }
    return latencies
  }

  /// The file that has `latencies`.
  static func encoded(_ latencies: [Latency]) throws -> Data {
    var data = Data()
    var digest = ""
    for latency in latencies {
      let head = try JournalCoding.encoder().encode(latency).dropLast()
      digest = SHA256Digest(of: Array(digest.utf8) + head).description
      data += head + ending(digest) + Data("\n".utf8)
    }
    return data
  }

  private static func ending(_ digest: String) -> [UInt8] { tail + Array(digest.utf8) + Array("\"}".utf8) }

  /// Puts `latencies` behind those that are there; the file is either the old one or the whole new one at any time.
  ///
  /// - Throws: as `read`; `RunStoreError.diskFull`.
  func append(_ latencies: [Latency]) throws(RunStoreError) {
    do {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch { throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error)) }
    // One process at a time reads, adds and writes.
    let lock = try FileLock.wait(for: url.deletingLastPathComponent().appending(path: ".lock"))
    defer { try? lock.release() }
    let known = try read()
    do { try Self.encoded(known + latencies).write(to: url, options: .atomic) } catch {
      if isDiskFull(error) { throw .diskFull(path: url.path) }
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
  }
}
