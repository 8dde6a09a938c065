import Foundation
import Glibc

/// A folder that nobody may write into while this object lives, the superuser included.
final class SealedFolder {
  private let path: String
  private var isSealed = true

  /// Whether this process may mount.
  static var isAllowed: Bool {
    let url = FileManager.default.temporaryDirectory.appending(path: "sealed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    guard geteuid() == 0, (try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)) != nil,
      let folder = try? SealedFolder(url)
    else { return false }
    withExtendedLifetime(folder) {}
    return true
  }

  init(_ url: URL) throws {
    path = url.path
    guard mount(path, path, "none", UInt(MS_BIND), nil) == 0 else { throw POSIXError(.EPERM) }
    let flags = UInt(MS_BIND | MS_REMOUNT | MS_RDONLY)
    guard mount("none", path, "none", flags, nil) == 0 else {
      umount(path)
      throw POSIXError(.EPERM)
    }
  }

  /// Lets everybody write again.
  func open() {
    if isSealed { umount(path) }
    isSealed = false
  }

  deinit { open() }
}
