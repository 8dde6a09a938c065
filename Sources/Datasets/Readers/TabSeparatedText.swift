import Foundation

/// Lines of fields with tabs between them, in UTF-8.
///
/// Quotes are characters like any other: nothing is escaped, and a stray one swallows no line. Lines end in LF or CRLF; a
/// byte order mark at the start and empty lines at the end are left out.
struct TabSeparatedText {
  /// Most bytes of a line that is read.
  static let longestLine = 1 << 20
  /// Most bytes of a file that is read.
  static let longestFile = 1 << 30

  private let bytes: [UInt8]
  private let end: Int

  /// - Throws: `tooLong` for more bytes than are read.
  init(_ data: Data) throws(FileFault) {
    guard data.count <= Self.longestFile else { throw .tooLong(expected: Self.longestFile) }
    bytes = [UInt8](data)
    end = (bytes.lastIndex { $0 != lineFeed && $0 != carriageReturn } ?? -1) + 1
  }

  /// One line: which, counted from 1, and its fields.
  struct Row {
    var line: Int
    fileprivate var bytes: ArraySlice<UInt8>
    fileprivate var fields: [Range<Int>]

    var count: Int { fields.count }

    /// Text of a field.
    ///
    /// - Precondition: the line has it.
    /// - Throws: `lineNotUTF8`.
    func text(_ field: Int) throws(FileFault) -> String {
      guard let text = String(validating: bytes[fields[field]], as: UTF8.self) else { throw .lineNotUTF8(line: line) }
      return text
    }
  }

  /// Calls `body` with every line in order.
  ///
  /// - Throws: `lineTooLong`; what `body` throws.
  func forEachRow(_ body: (Row) throws(FileFault) -> Void) throws(FileFault) {
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    while start < end {
      var fields: [Range<Int>] = []
      var field = start
      var position = start
      while position < end, bytes[position] != lineFeed {
        if bytes[position] == tab {
          fields.append(field..<position)
          field = position + 1
        }
        position += 1
        guard position - start <= Self.longestLine else { throw .lineTooLong(line: line, limit: Self.longestLine) }
      }
      let last = position > field && bytes[position - 1] == carriageReturn ? position - 1 : position
      fields.append(field..<last)
      try body(Row(line: line, bytes: bytes[start..<position], fields: fields))
      start = position + 1
      line += 1
    }
  }
}

private let tab = UInt8(ascii: "\t")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
