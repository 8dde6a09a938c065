import Foundation
import Kernels
import ModelFiles
import Networks
import Testing

/// Files that were cut, changed or made up: one error each, and nothing allocated that the file is too small for.
@Suite struct CompactFileFaultTests {
  /// One tensor of each encoding.
  private func small() throws -> Data {
    var elements = [Float](repeating: 0, count: 60)
    elements[50] = 3
    var file = SafetensorsFile(
      tensors: [
        "dense": Tensor([1, -0.0], shape: [2]), "gaps": Tensor(elements, shape: [60]),
        "groups": Tensor([1, 0, 0, 2, 0, 1, 1, 0, 2, 0, 0, 1, 0, 2, 2, 0], shape: [8, 2]),
        "mask": Tensor([0, 1, 1, 0, 1, 1], shape: [6]),
      ], metadata: ["run": "3f2a"])
    file.integers["steps"] = ([7], [1])
    let compact = CompactFile(of: file)
    #expect(compact.encodings.map(\.tensors) == [2, 1, 1, 1])
    return try compact.encoded()
  }

  @Test func everyPrefixIsRefused() throws {
    let bytes = try small()
    #expect(fault(bytes) == nil)
    for count in 0..<bytes.count { #expect(fault(bytes.prefix(count)) != nil, "\(count) of \(bytes.count) bytes") }
    #expect(fault(bytes.prefix(7)) == "it does not begin with the mark of one")
    #expect(fault(bytes.prefix(55)) == "it has 55 bytes, expected at least 56")
    #expect(
      fault(bytes.dropLast()) == "tensor 'steps' has offsets [72, 80], expected them to begin at 72 and to end by 79")
    #expect(fault(bytes + [0]) == "its tensors take 80 of the 81 bytes behind its header")
  }

  @Test func everyChangedBitIsRefused() throws {
    let bytes = try small()
    for index in bytes.indices {
      for bit in [UInt8(1), 0x20, 0x80] {
        var changed = bytes
        changed[index] ^= bit
        #expect(fault(changed) != nil, "byte \(index) of \(bytes.count)")
      }
    }
    var changed = bytes
    changed[60] ^= 1
    #expect(fault(changed) == "its header has another SHA-256 than is noted before it")
    changed = bytes
    changed[bytes.count - 1] ^= 1
    #expect(fault(changed) == "tensor 'steps' has a payload with another SHA-256 than the header says")
  }

  @Test(arguments: [(1 << 60, "1152921504606846976"), (-1, "18446744073709551615"), (3, "3")])
  func headerLongerThanTheFileIsRefused(count: Int, text: String) {
    var bytes = sealed(header: Data("{}".utf8), body: Data())
    bytes.replaceSubrange(16..<24, with: SafetensorsFile.littleEndianBytes(of: [count]))
    #expect(fault(bytes) == "its header is said to take \(text) bytes of 58")
  }

  @Test(arguments: [(2, "2"), (-1, "18446744073709551615")])
  func newerVersionIsNamedBeforeAnythingElse(version: Int, text: String) {
    #expect(
      fault(sealed(header: Data("{\"new\":1}".utf8), body: Data([1]), version: version))
        == "weights file 'a.pdpc' is a compact file of version \(text), this pdp-study reads version 1; update pdp-study, "
        + "or have it exported as safetensors where it was made")
    #expect(fault(sealed(header: Data("{}".utf8), body: Data(), version: 0)) == "its version is 0")
  }

  @Test(arguments: [
    "", "{", "[]", "{}", "{\"metadata\":{},\"tensors\":{}}", "{\"metadata\":{\"a\":1},\"tensors\":[]}",
    "{\"metadata\":{},\"tensors\":[{\"name\":\"a\"}]}", "{\"metadata\":{},\"metadata\":{},\"tensors\":[]}",
    String(repeating: "[", count: 100_000),
  ])
  func headerThatIsNotTheExpectedJSONIsRefused(header: String) {
    #expect(fault(sealed(header: Data(header.utf8), body: Data())) == "its header is not the expected JSON object")
  }

  @Test func nameThatIsNoTextIsRefused() {
    let good = sealed("\"shape\":[1],\"encoding\":\"dense\",\"values\":1", payload: [0, 0, 128, 63])
    #expect(fault(good) == nil)
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
      var header = Data("{\"metadata\":{},\"tensors\":[{\"name\":\"".utf8) + bytes
      header += Data("\",\"dtype\":\"F32\",\"shape\":[0],\"encoding\":\"dense\",\"values\":0,\"offsets\":[0,0],".utf8)
      header += Data("\"sha256\":\"\"}]}".utf8)
      #expect(fault(sealed(header: header, body: Data())) == "its header is no UTF-8 text")
    }
  }

  /// Names that are written differently and are one all the same, as Swift compares texts.
  @Test(arguments: [("a", "a"), ("a", "\\u0061"), ("\u{E9}", "e\u{301}")])
  func nameThatStandsTwiceIsRefused(first: String, second: String) {
    let entries = [first, second].map { name in
      "{\"name\":\"\(name)\",\"dtype\":\"F32\",\"shape\":[0],\"encoding\":\"dense\",\"values\":0,\"offsets\":[0,0],"
        + "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}"
    }
    let header = "{\"metadata\":{},\"tensors\":[\(entries.joined(separator: ","))]}"
    #expect(fault(sealed(header: Data(header.utf8), body: Data()))?.hasSuffix(" twice") == true)
  }

  @Test(arguments: [
    ("[0,4]", "[0,4]", "[0, 4], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[2,6]", "[2, 6], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[5,9]", "[5, 9], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[4,9]", "[4, 9], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[4,0]", "[4, 0], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[4]", "[4], expected them to begin at 4 and to end by 8"),
    ("[0,4]", "[4,9223372036854775807]", "[4, 9223372036854775807], expected them to begin at 4 and to end by 8"),
  ])
  func offsetsThatOverlapOrLeaveGapsAreRefused(first: String, second: String, fault text: String) {
    // Four zero bytes each.
    let digest = "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119"
    let entries = [("a", first), ("b", second)].map { name, offsets in
      "{\"name\":\"\(name)\",\"dtype\":\"F32\",\"shape\":[1],\"encoding\":\"dense\",\"values\":1,\"offsets\":\(offsets),"
        + "\"sha256\":\"\(digest)\"}"
    }
    let header = "{\"metadata\":{},\"tensors\":[\(entries.joined(separator: ","))]}"
    #expect(fault(sealed(header: Data(header.utf8), body: Data(count: 8))) == "tensor 'b' has offsets \(text)")
  }

  private static let value: [UInt8] = [0, 0, 128, 63]

  /// Entries that contradict themselves or their payload, of which the digest is right.
  private static let contradictions: [(fields: String, payload: [UInt8], fault: String)] = [
    ("\"shape\":[2],\"encoding\":\"dense\",\"values\":1", value, "has 1 values for 2 elements"),
    (
      "\"shape\":[1],\"encoding\":\"dense\",\"values\":1", value + value,
      "has 1 values of shape [1], as dense, in 8 bytes"
    ),
    ("\"shape\":[-1],\"encoding\":\"dense\",\"values\":1", value, "has shape [-1]"),
    ("\"shape\":[281474976710656,2],\"encoding\":\"bitmask\",\"values\":0", value, "has shape [281474976710656, 2]"),
    (
      "\"shape\":[4294967296,4294967296],\"encoding\":\"bitmask\",\"values\":0", value,
      "has shape [4294967296, 4294967296]"
    ),
    (
      "\"shape\":[\(Array(repeating: "1", count: 33).joined(separator: ","))],\"encoding\":\"dense\",\"values\":1",
      value,
      "has 33 axes, expected at most 32"
    ),
    (
      "\"shape\":[1],\"encoding\":\"zstd\",\"values\":1", value,
      "has encoding 'zstd', which version 1 does not know for type F32"
    ),
    // A mask of more or fewer bits than there are values, bits behind its end, a value that is zero.
    (
      "\"shape\":[8],\"encoding\":\"bitmask\",\"values\":1", value + [3, 0, 0, 0],
      "has a mask with 2 bits set, for 1 values"
    ),
    (
      "\"shape\":[8],\"encoding\":\"bitmask\",\"values\":1", value + [0, 0, 0, 0],
      "has a mask with 0 bits set, for 1 values"
    ),
    ("\"shape\":[8],\"encoding\":\"bitmask\",\"values\":1", value + [1, 1, 0, 0], "has bits set behind its index"),
    ("\"shape\":[8],\"encoding\":\"bitmask\",\"values\":1", [0, 0, 0, 0, 1, 0, 0, 0], "has a zero as value 0"),
    (
      "\"shape\":[2],\"encoding\":\"bitmask\",\"values\":3", value + value + value + [1, 0, 0, 0],
      "has 3 values for 2 elements"
    ),
    (
      "\"shape\":[33],\"encoding\":\"bitmask\",\"values\":1", value + [1, 0, 0, 0],
      "has 1 values of shape [33], as bitmask, in 8 bytes"
    ),
    (
      "\"shape\":[8],\"encoding\":\"bitmask\",\"values\":-1", [1, 0, 0, 0],
      "has -1 values of shape [8], as bitmask, in 4 bytes"
    ),
    (
      "\"shape\":[9],\"encoding\":\"bitmask\",\"values\":4611686018427387904", value,
      "has 4611686018427387904 values for 9 elements"
    ),
    // Gaps: 2 zeros, a value, 3 zeros are 0b1110 at 2 bits a code.
    ("\"shape\":[6],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":1", value + [0b1110, 0, 0, 0], "read"),
    (
      "\"shape\":[7],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":1", value + [0b1110, 0, 0, 0],
      "has gaps of 2 bits, 2 of them for 7 elements"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":1", value + [0b1010, 0, 0, 0],
      "has gaps for 2 values, and 1 values"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":0", [0b1011, 0, 0, 0],
      "has gaps for 1 values, and 0 values"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":2", value + value + [0b0000, 0, 0, 0],
      "has gaps that end at element 2 of 6"
    ),
    (
      "\"shape\":[5],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":0", [0b1011, 0, 0, 0],
      "has value 0 at element 5 of 5"
    ),
    (
      "\"shape\":[3],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":0", [0b1111, 0, 0, 0],
      "has 2 gaps, 1 of which cover its 3 elements"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":2,\"codes\":2,\"values\":1", value + [0b1_1110, 0, 0, 0],
      "has bits set behind its index"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":1,\"codes\":6,\"values\":0", [63, 0, 0, 0],
      "has gaps of 1 bits, 6 of them for 6 elements"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"bits\":9,\"codes\":1,\"values\":0", [255, 1, 0, 0],
      "has gaps of 9 bits, 1 of them for 6 elements"
    ),
    (
      "\"shape\":[6],\"encoding\":\"gaps\",\"codes\":1,\"values\":0", [255, 1, 0, 0],
      "has gaps of unknown bits, 1 of them for 6 elements"
    ),
    // A little file that claims to stand for a great deal.
    (
      "\"shape\":[281474976710656],\"encoding\":\"gaps\",\"bits\":8,\"codes\":4,\"values\":0", [255, 255, 255, 255],
      "has gaps of 8 bits, 4 of them for 281474976710656 elements"
    ),
    (
      "\"shape\":[281474976710656],\"encoding\":\"gaps\",\"bits\":8,\"codes\":9223372036854775807,\"values\":0",
      [255, 255, 255, 255], "has gaps of 8 bits, 9223372036854775807 of them for 281474976710656 elements"
    ),
    // Groups: indices 1 and 3 of four are 0b1101.
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"keeping\":2,\"of\":4,\"values\":2", value + value + [0b1101, 0, 0, 0],
      "read"
    ),
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"keeping\":2,\"of\":4,\"values\":2", value + value + [0b0111, 0, 0, 0],
      "has index 1 in group 0, expected them to rise and to be below 4"
    ),
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"keeping\":2,\"of\":4,\"values\":2", value + value + [0b0101, 0, 0, 0],
      "has index 1 in group 0, expected them to rise and to be below 4"
    ),
    (
      "\"shape\":[1,3],\"encoding\":\"groups\",\"keeping\":1,\"of\":3,\"values\":1", value + [3, 0, 0, 0],
      "has index 3 in group 0, expected them to rise and to be below 3"
    ),
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"keeping\":2,\"of\":4,\"values\":3",
      value + value + value + [0, 0, 0, 0],
      "of shape [1, 4] has 3 values in groups of 2 in 4"
    ),
    (
      "\"shape\":[1,6],\"encoding\":\"groups\",\"keeping\":2,\"of\":4,\"values\":3",
      value + value + value + [0, 0, 0, 0],
      "of shape [1, 6] has 3 values in groups of 2 in 4"
    ),
    (
      "\"shape\":[4],\"encoding\":\"groups\",\"keeping\":1,\"of\":2,\"values\":2", value + value + [0, 0, 0, 0],
      "of shape [4] has 2 values in groups of 1 in 2"
    ),
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"keeping\":4,\"of\":4,\"values\":4", value + value + value + value,
      "of shape [1, 4] has 4 values in groups of 4 in 4"
    ),
    (
      "\"shape\":[1,4],\"encoding\":\"groups\",\"values\":4", value + value + value + value,
      "of shape [1, 4] has 4 values in groups of unknown in unknown"
    ),
    (
      "\"shape\":[1,17],\"encoding\":\"groups\",\"keeping\":1,\"of\":17,\"values\":1", value + [0, 0, 0, 0],
      "of shape [1, 17] has 1 values in groups of 1 in 17"
    ),
  ]

  @Test(arguments: contradictions.indices) func contradictionsAreNamed(index: Int) {
    let (fields, payload, text) = Self.contradictions[index]
    let found = fault(sealed(fields, payload: payload))
    #expect(found == (text == "read" ? nil : "tensor 'a' \(text)"), "\(fields)")
  }

  /// Entries of border cases over random payloads, with digests that are right: read or refused, and what is read is whole.
  @Test func whateverAnEntrySaysIsReadOrRefused() throws {
    var numbers = Numbers(11)
    func pick(_ values: [Int]) -> Int { values.randomElement(using: &numbers) ?? 0 }
    let border = [-1, 0, 1, 2, 3, 4, 8, 1 << 48, 1 << 62, .max, .min]
    var read = 0
    for _ in 0..<20_000 {
      let shape = (0..<pick([1, 2, 2, 3])).map { _ in pick([1, 1, 2, 2, 3, 4, 8] + border) }
      let word = ["dense", "bitmask", "gaps", "groups"].randomElement(using: &numbers) ?? ""
      let values = pick([0, 1, 2, 3, 4, 5, 6] + border)
      let fields =
        "\"shape\":\(shape),\"encoding\":\"\(word)\",\"values\":\(values),\"bits\":\(pick([2, 3, 4, 8] + border)),"
        + "\"codes\":\(pick([1, 2, 3, 4, 5] + border)),\"keeping\":\(pick([1, 2] + border)),\"of\":\(pick([2, 4] + border))"
      let index = (0..<4).map { _ in UInt8(pick([0, 1, 3, 5, 15, 27, 255])) }
      let payload = (0..<min(max(values, 0), 8)).flatMap { _ in Self.value } + (word == "dense" ? [] : index)
      guard let tensor = try? contents(sealed(fields, payload: payload)).tensors["a"] else { continue }
      read += 1
      #expect(tensor.shape.extents == shape, "\(fields)")
      #expect(tensor.elements.count { $0 != 0 } == values, "\(fields)")
    }
    #expect(read > 100)
  }

  @Test func otherElementTypesAreNamed() {
    #expect(
      fault(sealed("\"shape\":[1],\"encoding\":\"dense\",\"values\":1", payload: Self.value, type: "F16"))
        == "tensor 'a' has element type 'F16', expected F32 or I64")
    #expect(
      fault(sealed("\"shape\":[8],\"encoding\":\"bitmask\",\"values\":0", payload: [0, 0, 0, 0], type: "I64"))
        == "tensor 'a' has encoding 'bitmask', which version 1 does not know for type I64")
  }
}
