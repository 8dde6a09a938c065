import Execution
import Foundation
import Glibc
import RunFixtures
import RunStore
import Testing

/// A file system that is full: needs the right to mount one.
@Suite(.enabled(if: SmallDisk.isAllowed)) struct DiskFullTests {
  @Test func fullDiskEndsResumableAndNothingReportedIsLost() throws {
    let disk = try SmallDisk(bytes: 2 << 20)
    let bench = try Bench(behaviour: "dense fill-disk", on: disk.url)
    let run = try bench.fixture.run("dense", 0)
    let (result, log) = try bench.run()
    #expect(result.isInterrupted)
    #expect(result.done == 0)
    #expect(log.contains { $0.hasPrefix("dense #0 interrupted: disk full: '") }, "\(log)")
    #expect(log.last?.hasPrefix("gave up: disk full: '") == true, "\(log)")
    let before = try bench.losses(run)
    #expect(before.count == 20)

    try FileManager.default.removeItem(at: disk.url.appending(path: "ballast"))
    try bench.set(behaviour: "")
    #expect(try bench.run().summary == summary(done: 4))
    #expect(try bench.losses(run).count == 40)
    #expect(try Array(bench.losses(run).prefix(20)) == before)
    #expect(try bench.store.differencesFromFiles().isEmpty)
  }
}

/// A file system of its own of a given size, in memory.
final class SmallDisk {
  let url = FileManager.default.temporaryDirectory.appending(path: "small-disk-\(UUID().uuidString)")

  static var isAllowed: Bool {
    guard geteuid() == 0, let disk = try? SmallDisk(bytes: 1 << 16) else { return false }
    withExtendedLifetime(disk) {}
    return true
  }

  init(bytes: Int) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    guard mount("none", url.path, "tmpfs", 0, "size=\(bytes)") == 0 else {
      try? FileManager.default.removeItem(at: url)
      throw POSIXError(.EPERM)
    }
  }

  deinit {
    umount(url.path)
    try? FileManager.default.removeItem(at: url)
  }
}
