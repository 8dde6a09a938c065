import Foundation
import GRDB

/// The database of everything that was planned and run, an index over plans and journals.
///
/// It can be deleted at any time: opening it again fills it from the files. Many processes may have it open; every
/// write is one immediate transaction.
package final class RunStore {
  package let layout: ResultsLayout
  /// What opening had to do that the user should know, in whole sentences without a final stop.
  package private(set) var notices: [String]
  let queue: DatabaseQueue

  /// Opens the database, creating it, bringing it up to date, or rebuilding it where it is missing or damaged.
  ///
  /// - Throws: `RunStoreError.foreignDatabase`, `.newerDatabase`, `.readOnly`, or what reading the journals throws.
  package static func open(_ layout: ResultsLayout) throws(RunStoreError) -> RunStore {
    try layout.prepare()
    // One process at a time creates or migrates; the kernel frees the lock if it dies.
    let lock = try FileLock.wait(for: layout.root.appending(path: ".open.lock"))
    defer { try? lock.release() }
    do {
      let (queue, notices) = try openDatabase(layout.database)
      let store = RunStore(layout: layout, queue: queue, notices: notices)
      if try store.lacksFiles() { store.notices += try store.ingestEverything().map(\.description) }
      return store
    } catch .databaseDamaged(_, let reason) {
      let aside = try setAside(layout.database)
      let (queue, _) = try openDatabase(layout.database)
      let store = RunStore(
        layout: layout, queue: queue,
        notices: ["the database was damaged (\(reason)); it was kept as '\(aside)' and rebuilt from the run folders"]
      )
      store.notices += try store.ingestEverything().map(\.description)
      return store
    }
  }

  private init(layout: ResultsLayout, queue: DatabaseQueue, notices: [String]) {
    self.layout = layout
    self.queue = queue
    self.notices = notices
  }

  /// Runs named queries against one consistent state.
  func read<T>(_ body: (Database) throws -> T) throws(RunStoreError) -> T {
    do {
      return try queue.read(body)
    } catch let error as RunStoreError {
      throw error
    } catch {
      throw Self.translated(error, layout.database)
    }
  }

  /// One immediate transaction.
  func write<T>(_ body: (Database) throws -> T) throws(RunStoreError) -> T {
    do {
      return try queue.write(body)
    } catch let error as RunStoreError {
      throw error
    } catch {
      throw Self.translated(error, layout.database)
    }
  }

  /// One immediate transaction in which SQLite does not look up each row's foreign keys, which takes a third of ingest.
  ///
  /// - Precondition: `body` makes sure itself that what its rows refer to is there.
  func writeUnreferenced(_ body: (Database) throws -> Void) throws(RunStoreError) {
    do {
      try queue.writeWithoutTransaction { db in
        // Without effect inside a transaction.
        try db.execute(sql: "PRAGMA foreign_keys = OFF")
        let result = Result {
          try db.inTransaction(.immediate) {
            try body(db)
            return .commit
          }
        }
        try db.execute(sql: "PRAGMA foreign_keys = ON")
        try result.get()
      }
    } catch let error as RunStoreError {
      throw error
    } catch {
      throw Self.translated(error, layout.database)
    }
  }

  /// Opens or makes the file and brings it up to date; with what is to be said about that.
  private static func openDatabase(_ url: URL) throws(RunStoreError) -> (DatabaseQueue, notices: [String]) {
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(30)
    configuration.foreignKeysEnabled = true
    configuration.label = "runs"
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
      // Taking in the journals of many runs writes much: few visits to the disk, and pages kept until a transaction's end.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 8192")
      try db.execute(sql: "PRAGMA cache_size = -32768")
    }
    let migrator = Schema.migrator()
    do {
      if FileManager.default.fileExists(atPath: url.path) { try check(url, migrator) }
      let queue = try DatabaseQueue(path: url.path, configuration: configuration)
      let before = try queue.read(migrator.appliedIdentifiers)
      try migrator.migrate(queue)
      let isUpgrade = !before.isEmpty && before.count < migrator.migrations.count
      let added = migrator.migrations.filter { !before.contains($0) }.map { "'\($0)'" }
      return (queue, isUpgrade ? ["the database was brought up to date: \(added.joined(separator: ", "))"] : [])
    } catch let error as RunStoreError {
      throw error
    } catch {
      throw translated(error, url)
    }
  }

  /// Largest database whose pages are all looked at when it is opened, which takes half a second then.
  private static let mostCheckedBytes = 64 << 20

  /// Makes sure, without touching it, that a file is a database of ours, or an empty one, and whole.
  private static func check(_ url: URL, _ migrator: DatabaseMigrator) throws {
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: url.path, configuration: configuration)
    let (applicationID, tables, isNewer) = try queue.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0,
        try migrator.hasBeenSuperseded(db)
      )
    }
    guard applicationID == Schema.applicationID || (applicationID == 0 && tables == 0) else {
      throw RunStoreError.foreignDatabase(path: url.path, applicationID: applicationID)
    }
    guard !isNewer else { throw RunStoreError.newerDatabase(path: url.path) }
    let bytes = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard bytes <= mostCheckedBytes else { return }
    let finding = try queue.read { db in try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "ok" }
    guard finding == "ok" else {
      throw RunStoreError.databaseDamaged(
        path: url.path, reason: finding.split(separator: "\n").last.map(String.init) ?? finding)
    }
  }

  static func translated(_ error: any Error, _ url: URL) -> RunStoreError {
    guard let error = error as? DatabaseError else {
      return .databaseFailed(path: url.path, reason: "\(error)")
    }
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .databaseDamaged(path: url.path, reason: reason)
    case .SQLITE_FULL: return .diskFull(path: url.path)
    case .SQLITE_READONLY: return .readOnly(path: url.deletingLastPathComponent().path)
    default: return .databaseFailed(path: url.path, reason: reason)
    }
  }

  /// Moves a damaged database out of the way and returns its new name.
  private static func setAside(_ url: URL) throws(RunStoreError) -> String {
    let stamp = Date().formatted(.iso8601).filter { $0.isNumber || $0 == "T" }
    let aside = "\(url.lastPathComponent).damaged-\(stamp)"
    do {
      for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: url.path + suffix) {
        let target = url.deletingLastPathComponent().appending(path: aside + suffix)
        try FileManager.default.moveItem(atPath: url.path + suffix, toPath: target.path)
      }
    } catch {
      throw .fileSystem(path: url.path, operation: "move aside", reason: plainReason(error))
    }
    return aside
  }
}
