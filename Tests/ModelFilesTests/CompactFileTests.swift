import Foundation
import Kernels
import ModelFiles
import Networks
import Testing

@Suite struct CompactFileTests {
  private static let shapes: [Shape] = [
    [], [0], [1], [7], [8], [9], [31, 1], [0, 4], [3, 0, 2], [5, 8], [4, 12, 3, 3], [16, 1, 3, 3], [6, 16],
    [2, 3, 5, 7],
    [33, 64], [10, 48, 2],
  ]
  private static let densities = [0, 0.004, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9, 0.97, 1]

  private func sample(_ seed: UInt64) -> SafetensorsFile {
    var numbers = Numbers(seed)
    var tensors: [String: Tensor] = [:]
    for (row, shape) in Self.shapes.enumerated() {
      for (column, density) in Self.densities.enumerated() {
        let nonzeros = Int((Double(shape.count) * density).rounded())
        var tensor = Tensor.random(shape, nonzeros: nonzeros, &numbers)
        if shape.rank > 1, shape.count > 0, column % 3 == 2 {
          let size = [2, 4, 8, 3, 16].first { shape[1] % $0 == 0 } ?? shape[1]
          if size > 1 {
            tensor = tensor.projected(keeping: Int.random(in: 1..<size, using: &numbers), of: size, &numbers)
          }
        }
        tensors["layer\(row).\(column)"] = tensor
      }
    }
    tensors["special"] = Tensor(specialBits.map { Float(bitPattern: $0) }, shape: [specialBits.count])
    tensors["special.sparse"] = Tensor(
      specialBits.flatMap { [Float(bitPattern: $0)] + [Float](repeating: 0, count: 9) }, shape: [10 * specialBits.count]
    )
    tensors["näme / \"quoted\"\n"] = Tensor([1, 0, 0, 0, 0, 0, 0, 0], shape: [8])
    var file = SafetensorsFile(tensors: tensors, metadata: ["run": "3f2a", "note": "line\nend", "é": "\u{0}"])
    file.integers["num_batches_tracked"] = ([.max, .min, 0, -1], [2, 2])
    return file
  }

  private func expectEqual(_ copy: SafetensorsFile, _ file: SafetensorsFile) {
    #expect(copy.tensors.mapValues(\.shape) == file.tensors.mapValues(\.shape))
    let different = file.tensors.filter { name, tensor in copy.tensors[name]?.bits != tensor.bits }
    #expect(different.isEmpty)
    #expect(copy.integers.mapValues(\.values) == file.integers.mapValues(\.values))
    #expect(copy.integers.mapValues(\.shape) == file.integers.mapValues(\.shape))
    #expect(copy.metadata == file.metadata)
  }

  @Test(arguments: 1...12) func everyBitSurvives(seed: UInt64) throws {
    let file = sample(seed)
    let compact = CompactFile(of: file)
    let bytes = try compact.encoded()
    expectEqual(try contents(bytes), file)
    #expect(compact.encodings.map(\.word) == ["dense", "bitmask", "gaps", "groups"])
    #expect(compact.encodings.reduce(0) { $0 + $1.tensors } == file.tensors.count + 1)
    // Once more, from the copy: equal contents, equal bytes, in whatever order dictionaries are.
    #expect(try CompactFile(of: contents(bytes)).encoded() == bytes)
  }

  @Test func eitherFormatIsReadForWhatItIs() throws {
    let file = sample(99)
    let folder = FileManager.default.temporaryDirectory
    for (format, bytes) in [
      (ModelFormat.safetensors, try file.encoded()), (.compact, try CompactFile(of: file).encoded()),
    ] {
      let url = folder.appending(path: "model-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: url) }
      try bytes.write(to: url)
      let model = try ModelFile(readingFrom: url)
      #expect(model.format == format)
      expectEqual(model.contents, file)
    }
  }

  @Test func missingFileIsNamed() {
    let error = #expect(throws: WeightsError.self) { try ModelFile(readingFrom: URL(filePath: "no-such.pdpc")) }
    #expect(error?.description.hasPrefix("weights file 'no-such.pdpc' cannot be read: ") == true)
  }

  // MARK: The format as it is described

  private func payload(_ tensor: Tensor) throws -> (entry: String, bytes: [UInt8]) {
    let file = try CompactFile(of: SafetensorsFile(tensors: ["a": tensor])).encoded()
    let length = Int(file[16]) + Int(file[17]) << 8
    return (String(decoding: file[56..<56 + length], as: UTF8.self), [UInt8](file[(56 + length)...]))
  }

  private let one: [UInt8] = [0, 0, 0x80, 0x3F]
  private let two: [UInt8] = [0, 0, 0, 0x40]

  @Test func bitmaskIsAsDescribed() throws {
    let (entry, bytes) = try payload(Tensor([0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1], shape: [11]))
    #expect(entry.contains("\"encoding\":\"bitmask\",") && entry.contains("\"values\":3}"))
    #expect(bytes == one + two + one + [0b0000_0010, 0b0000_0110, 0, 0])
  }

  /// Gaps of 35 and 62 zeros, and 3 behind: six codes of 5 bits in 4 bytes, where a mask takes 16.
  @Test func gapsAreAsDescribed() throws {
    var elements = [Float](repeating: 0, count: 102)
    (elements[35], elements[98]) = (1, 2)
    let (entry, bytes) = try payload(Tensor(elements, shape: [102]))
    #expect(entry.contains("\"bits\":5,\"codes\":6,"))
    #expect(entry.contains("\"encoding\":\"gaps\",") && entry.contains("\"values\":2}"))
    // 31 zeros, 4 and a value, 31 zeros, 31 zeros, 0 and a value, 31 zeros of which 3 are there.
    let codes = [31, 4, 31, 31, 0, 31]
    let bits = codes.enumerated().reduce(0) { $0 | $1.element << (5 * $1.offset) }
    #expect(bytes == one + two + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
  }

  /// Two output channels, four input channels, two positions: the groups' members are two elements apart.
  @Test func groupsAreAsDescribed() throws {
    let (entry, bytes) = try payload(
      Tensor([1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1], shape: [2, 4, 2]))
    #expect(entry.contains("\"encoding\":\"groups\",\"keeping\":1,") && entry.contains("\"of\":4,"))
    #expect(bytes == one + two + two + one + [0b1111_0100, 0, 0, 0])
  }

  /// A group of 1:4 without a value has a zero at the first place.
  @Test func groupsWithFewerAreFilledUp() throws {
    let row: [Float] = [0, 1, 0, 0]
    let (entry, bytes) = try payload(
      Tensor(Array(repeating: row, count: 79).flatMap(\.self) + [0, 0, 0, 0], shape: [80, 4]))
    #expect(entry.contains("\"encoding\":\"groups\",\"keeping\":1,") && entry.contains("\"of\":4,"))
    let values = Array(repeating: one, count: 79).flatMap(\.self) + [0, 0, 0, 0]
    #expect(bytes == values + Array(repeating: 0b0101_0101, count: 19) + [0b0001_0101])
  }

  @Test func nothingIsSmallerThanWhatIsWritten() throws {
    var numbers = Numbers(3)
    for nonzeros in stride(from: 0, through: 4096, by: 128) {
      let tensor = Tensor.random([64, 64], nonzeros: nonzeros, &numbers)
      let (entry, bytes) = try payload(tensor)
      let mask = nonzeros == 4096 ? 4 * 4096 : 4 * nonzeros + 512
      #expect(bytes.count <= min(mask, 4 * 4096), "\(nonzeros): \(entry)")
      if nonzeros < 512 { #expect(entry.contains("\"gaps\"") && bytes.count < mask) }
    }
  }

  /// A reader of forty lines in another language, written from the description.
  @Test func descriptionIsEnoughForAnotherReader() throws {
    let file = sample(7)
    let url = FileManager.default.temporaryDirectory.appending(path: "other-\(UUID().uuidString).pdpc")
    let answer = url.appendingPathExtension("out")
    defer { for url in [url, answer] { try? FileManager.default.removeItem(at: url) } }
    try CompactFile(of: file).encoded().write(to: url)
    try Data().write(to: answer)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B", URL(filePath: #filePath).deletingLastPathComponent().appending(path: "read_compact.py").path,
      url.path,
    ]
    process.standardOutput = try FileHandle(forWritingTo: answer)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let found = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: answer))
    var expected = file.tensors.mapValues { tensor in tensor.littleEndianBytes.map(hexadecimal).joined() }
    for (name, tensor) in file.integers {
      expected[name] = SafetensorsFile.littleEndianBytes(of: tensor.values).map(hexadecimal).joined()
    }
    #expect(found == expected)
  }

  private func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
