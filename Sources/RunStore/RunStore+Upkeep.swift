import Foundation
import GRDB

/// What `db` does.
extension RunStore {
  /// Names of the migrations that the database has been through, oldest first.
  package func migrations() throws(RunStoreError) -> [String] {
    try read { db in
      let applied = try Schema.migrator().appliedIdentifiers(db)
      return Schema.migrator().migrations.filter(applied.contains)
    }
  }

  /// Rows of the main tables.
  package func counts() throws(RunStoreError) -> (runs: Int, attempts: Int, metricPoints: Int) {
    try read { db in
      func count(_ table: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
      return (try count("run"), try count("attempt"), try count("metric"))
    }
  }

  /// What in the database is not what plans and journals say, in sentences without a final stop; empty if all agrees.
  ///
  /// Rows of journals that are gone are left alone.
  ///
  /// - Throws: `RunStoreError.databaseFailed`, `.fileSystem`.
  /// - Cost: a rebuild into a temporary file, and a comparison of all rows.
  package func differencesFromFiles() throws(RunStoreError) -> [String] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pdp-study-check-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .fileSystem(path: folder.path, operation: "create the folder", reason: plainReason(error))
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "rebuilt.sqlite")
    let rebuilt = try RunStore.open(ResultsLayout(root: layout.root, database: url))
    // A new database takes them in itself where there are plans or journals as well.
    let broken = try rebuilt.ingestLatencies().map(\.description)
    let faults = rebuilt.notices + broken.filter { !rebuilt.notices.contains($0) }
    try rebuilt.close()
    let gone = try runsWithoutJournals()
    let differences = try unsafeRead { db in
      try db.execute(sql: "ATTACH DATABASE ? AS rebuilt", arguments: [url.path])
      defer { try? db.execute(sql: "DETACH DATABASE rebuilt") }
      return try Schema.tables.compactMap { try Self.difference(of: $0, leavingOut: gone, in: db) }
    }
    return faults + differences
  }

  private static func difference(of table: String, leavingOut gone: [String], in db: Database) throws -> String? {
    let columns = try db.columns(in: table).map(\.name)
    let run = table == "run" ? "id" : columns.contains("run") ? "run" : nil
    let list = gone.map { "'\($0)'" }.joined(separator: ", ")
    let kept = gone.isEmpty ? "" : run.map { " WHERE \($0) NOT IN (\(list))" } ?? ""
    func count(_ one: String, without other: String) throws -> Int {
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM (SELECT * FROM \(one).\(table)\(kept) EXCEPT SELECT * FROM \(other).\(table)\(kept))
          """) ?? 0
    }
    let extra = try count("main", without: "rebuilt")
    let missing = try count("rebuilt", without: "main")
    // Plans, studies and data sets of runs whose folders are gone are known from them alone.
    guard missing > 0 || (extra > 0 && (gone.isEmpty || run != nil)) else { return nil }
    return "table '\(table)': \(extra) rows are not what the run folders say, and \(missing) of theirs are missing"
  }

  /// Writes a compact copy of the database, which needs no other file, to `url`.
  ///
  /// - Throws: `RunStoreError.fileSystem` if there is a file already, `.databaseFailed`.
  package func snapshot(to url: URL) throws(RunStoreError) {
    try NewFile.refuseExisting(url)
    // Appears under its name only when it is complete.
    let draft = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
    do {
      try queue.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [draft.path]) }
      try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: draft.path)
      try FileManager.default.moveItem(at: draft, to: url)
    } catch let error as DatabaseError {
      try? FileManager.default.removeItem(at: draft)
      throw Self.translated(error, url)
    } catch {
      try? FileManager.default.removeItem(at: draft)
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
  }

  /// Ends the connection; the store cannot be used any more.
  package func close() throws(RunStoreError) {
    do { try queue.close() } catch { throw Self.translated(error, layout.database) }
  }

  /// Reads outside a transaction, as attaching asks for.
  private func unsafeRead<T>(_ body: (Database) throws -> T) throws(RunStoreError) -> T {
    do {
      return try queue.unsafeRead(body)
    } catch {
      throw Self.translated(error, layout.database)
    }
  }
}
