import Foundation
import Glibc

/// An exclusive kernel lock on a file, held until `release` or until the process ends, however it ends.
package final class FileLock {
  private let file: FileHandle

  /// Takes the lock, creating the file if there is none; nil if another process holds it.
  ///
  /// - Throws: `RunStoreError.fileSystem` if the file cannot be made or opened.
  package static func take(_ url: URL) throws(RunStoreError) -> FileLock? {
    let file = try open(url)
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    return FileLock(file)
  }

  /// Takes the lock, waiting for its holder.
  package static func wait(for url: URL) throws(RunStoreError) -> FileLock {
    let file = try open(url)
    while flock(file.fileDescriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        throw .fileSystem(path: url.path, operation: "lock", reason: String(cString: strerror(errno)).lowercased())
      }
    }
    return FileLock(file)
  }

  /// Whether a process holds the lock; false if there is no such file.
  ///
  /// A shared lock is taken for an instant to find out.
  package static func isHeld(_ url: URL) -> Bool {
    guard let file = try? FileHandle(forReadingFrom: url) else { return false }
    defer { try? file.close() }
    return flock(file.fileDescriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Replaces the file's text.
  package func write(_ text: String) throws {
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(text.utf8))
  }

  package func release() throws {
    try file.close()
  }

  private init(_ file: FileHandle) {
    self.file = file
  }

  private static func open(_ url: URL) throws(RunStoreError) -> FileHandle {
    let descriptor = Glibc.open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .fileSystem(path: url.path, operation: "open", reason: String(cString: strerror(errno)).lowercased())
    }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
