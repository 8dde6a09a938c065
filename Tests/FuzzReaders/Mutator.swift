/// Makes inputs of a reader: first the corpus as it is, then files of it with a few things changed.
struct Mutator {
  let corpus: Corpus
  /// Words of the format.
  let tokens: [[UInt8]]
  let seed: UInt64

  /// Most bytes of an input.
  private static let longest = 1 << 16
  /// Most changes of one input.
  private static let mostChanges = 6

  func input(_ number: Int) -> FuzzInput {
    if number < corpus.files.count { return corpus.files[number].input }
    var random = SplitMix(seed: seed, number: number)
    var input = corpus.files[Int.random(in: 0..<corpus.files.count, using: &random)].input
    // Half of the inputs have one change, which gets past more checks than six do.
    let changes = Bool.random(using: &random) ? 1 : Int.random(in: 1...Self.mostChanges, using: &random)
    for _ in 0..<changes { change(&input.bytes, &random) }
    if input.bytes.count > Self.longest { input.bytes.removeLast(input.bytes.count - Self.longest) }
    // Workaround: Foundation (Swift 6.3.1 on Linux) loses 4 KB at every empty file that it reads, which would use the
    // bound on memory up; remove when it does not. The corpus has an empty file for each reader.
    if input.bytes.isEmpty { input.bytes.append(UInt8.random(in: 0...255, using: &random)) }
    input.isSealed = Bool.random(using: &random)
    return input
  }

  private func change(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    switch Int.random(in: 0..<13, using: &random) {
    case 0, 1: flipBit(&bytes, &random)
    case 2: replaceByte(&bytes, &random)
    case 3: bytes.insert(contentsOf: noise(&random), at: place(in: bytes, &random))
    case 4: bytes.removeSubrange(piece(of: bytes, upTo: 64, &random))
    case 5: bytes.replaceSubrange(piece(of: bytes, upTo: 64, &random), with: other(&random))
    case 6: move(&bytes, &random)
    case 7: writeInteger(&bytes, &random)
    case 8: bytes.removeLast(bytes.count - place(in: bytes, &random))
    case 9: repeatPiece(&bytes, &random)
    case 10: insertToken(&bytes, &random)
    case 11: overwriteWithToken(&bytes, &random)
    default: replaceNumber(&bytes, &random)
    }
  }

  // MARK: Changes

  private func flipBit(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return }
    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
  }

  private func replaceByte(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return }
    let common: [UInt8] = [0, 1, 9, 10, 13, 32, 34, 44, 48, 57, 58, 91, 92, 93, 123, 125, 127, 128, 192, 224, 255]
    bytes[Int.random(in: 0..<bytes.count, using: &random)] = common.randomElement(using: &random) ?? 0
  }

  /// A piece of the same input written over another place.
  private func move(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let copied = bytes[piece(of: bytes, upTo: 256, &random)]
    bytes.replaceSubrange(piece(of: bytes, upTo: 256, &random), with: Array(copied))
  }

  private func repeatPiece(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let range = piece(of: bytes, upTo: 32, &random)
    let isLong = Int.random(in: 0..<16, using: &random) == 0
    let count = isLong ? Int.random(in: 100...4000, using: &random) : Int.random(in: 1...16, using: &random)
    let copied = Array(bytes[range])
    let repeated = Array(repeating: copied, count: min(count, Self.longest / max(copied.count, 1))).flatMap(\.self)
    bytes.insert(contentsOf: repeated, at: range.upperBound)
  }

  private func insertToken(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard let token = tokens.randomElement(using: &random) else { return }
    bytes.insert(contentsOf: token, at: place(in: bytes, &random))
  }

  private func overwriteWithToken(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard let token = tokens.randomElement(using: &random) else { return }
    let start = place(in: bytes, &random)
    bytes.replaceSubrange(start..<min(start + token.count, bytes.count), with: token)
  }

  /// A border case of 1, 2, 4 or 8 bytes in either order, written over what is there.
  private func writeInteger(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let width = 1 << Int.random(in: 0...3, using: &random)
    guard bytes.count >= width else { return }
    let top = width == 8 ? UInt64.max : (1 << UInt64(8 * width)) - 1
    let near = UInt64.random(in: 0...4, using: &random)
    let length = UInt64(bytes.count)
    let values: [UInt64] = [near, top - near, top / 2 - near, top / 2 + near, length + near, 1 << 20, 1 << 32]
    let value = values.randomElement(using: &random) ?? 0
    let isLittle = Bool.random(using: &random)
    let start = Int.random(in: 0...bytes.count - width, using: &random)
    for index in 0..<width {
      let shift = 8 * (isLittle ? index : width - 1 - index)
      bytes[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(shift))
    }
  }

  private static let numbers = [
    "0", "-1", "1", "2", "255", "256", "65535", "2147483647", "2147483648", "4294967296", "-2147483649",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "1e308", "1e309", "-1e400", "1e-400", "0.5", "1.5e3", "-0", "00", "NaN", "Infinity", "null", "true", "\"1\"", "[]",
    "{}", "123456789012345678901234567890",
  ].map { Array($0.utf8) }

  /// A number in the text becomes a border case, or something that is no number.
  private func replaceNumber(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    let from = place(in: bytes, &random)
    guard let start = bytes[from...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else { return }
    let first = bytes[..<start].lastIndex { !isDigit($0) }.map { $0 + 1 } ?? 0
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(first..<end, with: Self.numbers.randomElement(using: &random) ?? [])
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  // MARK: Places and pieces

  private func place(in bytes: [UInt8], _ random: inout SplitMix) -> Int {
    Int.random(in: 0...bytes.count, using: &random)
  }

  private func piece(of bytes: [UInt8], upTo length: Int, _ random: inout SplitMix) -> Range<Int> {
    let start = place(in: bytes, &random)
    return start..<min(start + Int.random(in: 1...length, using: &random), bytes.count)
  }

  private func noise(_ random: inout SplitMix) -> [UInt8] {
    (0..<Int.random(in: 1...8, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// A piece of any file of the corpus.
  private func other(_ random: inout SplitMix) -> [UInt8] {
    let file = corpus.files[Int.random(in: 0..<corpus.files.count, using: &random)].input.bytes
    return Array(file[piece(of: file, upTo: 512, &random)])
  }
}
