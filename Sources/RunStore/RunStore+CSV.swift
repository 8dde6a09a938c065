import Foundation
import GRDB
import Training

extension RunStore {
  /// Writes every table and view as `<name>.csv` into the new folder `url`, all from one state of the database.
  ///
  /// NULL is an empty field, an empty text `""`; numbers are such that they read back as the same. The folder appears
  /// under its name only when it is complete.
  ///
  /// - Returns: the number of rows by file, sorted by name.
  /// - Throws: `RunStoreError.fileSystem` if there is something under that name, `.diskFull`, `.databaseFailed`.
  package func exportCSV(to url: URL) throws(RunStoreError) -> [(name: String, rows: Int)] {
    try NewFile.refuseExisting(url)
    let draft = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: draft) }
    let names = try Schema.tables + views().map(\.name)
    do {
      try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: false)
    } catch {
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
    let counts = try read { db in
      try names.sorted().map { name in
        do {
          return (name: name, rows: try Self.write(name, in: db, to: draft.appending(path: "\(name).csv")))
        } catch let error as DatabaseError {
          throw error
        } catch {
          if isDiskFull(error) { throw RunStoreError.diskFull(path: url.path) }
          throw RunStoreError.fileSystem(path: url.path, operation: "write", reason: plainReason(error))
        }
      }
    }
    do { try FileManager.default.moveItem(at: draft, to: url) } catch {
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
    return counts
  }

  private static func write(_ name: String, in db: Database, to url: URL) throws -> Int {
    try Data().write(to: url)
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    let statement = try db.makeStatement(sql: "SELECT * FROM \(name)")
    var text = statement.columnNames.map(CSVField.text).joined(separator: ",") + "\r\n"
    var rows = 0
    let cursor = try Row.fetchCursor(statement)
    while let row = try cursor.next() {
      text += row.databaseValues.map { field($0) }.joined(separator: ",") + "\r\n"
      rows += 1
      if text.utf8.count > 1 << 20 {
        try file.write(contentsOf: Data(text.utf8))
        text = ""
      }
    }
    try file.write(contentsOf: Data(text.utf8))
    return rows
  }

  private static func field(_ value: DatabaseValue) -> String {
    switch value.storage {
    case .null: ""
    case .int64(let number): "\(number)"
    case .double(let number): "\(number)"
    case .string(let text): CSVField.text(text)
    case .blob(let data): data.base64EncodedString()
    }
  }
}
