import Foundation
import Kernels
import Networks
import Testing

/// A folder is made for every test and removed with it.
@Suite final class SafetensorsFileTests {
  private let url = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString).safetensors")

  deinit { try? FileManager.default.removeItem(at: url) }

  private func read(_ bytes: Data) throws -> SafetensorsFile {
    try bytes.write(to: url)
    return try SafetensorsFile(readingFrom: url)
  }

  /// Reads a file of a given header and as many bytes behind it, which count up from 0.
  private func read(header: String, body: Int) throws -> SafetensorsFile {
    try read(length(header.utf8.count) + Data(header.utf8) + Data((0..<body).map { UInt8(truncatingIfNeeded: $0) }))
  }

  private func length(_ count: Int) -> Data { Data((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }) }

  private func malformed(_ fault: String) -> String {
    "weights file '\(url.relativePath)' is not a valid safetensors file: \(fault); export or copy it again"
  }

  private func message(_ read: () throws -> SafetensorsFile) -> String? {
    #expect(throws: WeightsError.self) { _ = try read() }?.description
  }

  // MARK: Round trip

  @Test func whatIsWrittenIsRead() throws {
    let bits: [UInt32] = [0, 0x8000_0000, 1, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FC1_2345]
    let file = SafetensorsFile(
      tensors: [
        "special": Tensor(bits.map { Float(bitPattern: $0) }, shape: [2, 4]), "scalar": Tensor([2.5], shape: []),
        "empty": Tensor([], shape: [0, 3]), "näme / \"quoted\"": Tensor([1, 2, 3], shape: [3, 1, 1]),
      ], metadata: ["architecture": "resnet18", "note": "line\nend"])
    let copy = try read(file.encoded())
    #expect(copy.tensors.mapValues(\.shape) == file.tensors.mapValues(\.shape))
    #expect(copy.tensors["special"]?.elements.map(\.bitPattern) == bits)
    #expect(copy.tensors["scalar"]?.elements == [2.5])
    #expect(copy.tensors["näme / \"quoted\""]?.elements == [1, 2, 3])
    #expect(copy.metadata == file.metadata)
    #expect(copy.integers.isEmpty)
  }

  @Test func equalContentsGiveEqualBytesInWhateverOrderTheyCame() throws {
    let names = (0..<40).map { "layer\($0).weight" }
    var forwards = SafetensorsFile(tensors: [:], metadata: ["a": "1", "b": "2"])
    var backwards = SafetensorsFile(tensors: [:], metadata: ["b": "2", "a": "1"])
    for (index, name) in names.enumerated() { forwards.tensors[name] = Tensor([Float(index)], shape: [1]) }
    for (index, name) in names.enumerated().reversed() { backwards.tensors[name] = Tensor([Float(index)], shape: [1]) }
    let bytes = try forwards.encoded()
    #expect(try backwards.encoded() == bytes)
    #expect(try read(bytes).encoded() == bytes)
    backwards.tensors["layer7.weight"] = Tensor([7.5], shape: [1])
    #expect(try backwards.encoded() != bytes)
  }

  /// The format as its definition says: length, header, elements at a multiple of 8 bytes.
  @Test func bytesAreThoseOfTheFormat() throws {
    let bytes = try SafetensorsFile(tensors: ["a": Tensor([1, -2], shape: [2])]).encoded()
    let header = "{\"a\":{\"data_offsets\":[0,8],\"dtype\":\"F32\",\"shape\":[2]}}"
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(bytes == length(padded.utf8.count) + Data(padded.utf8) + Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
  }

  @Test func networkSurvivesAFile() throws {
    let config = ModelConfig(architecture: .resNet18, width: 0.125, stem: .small, inputChannels: 1, classes: 2)
    let network = Network(config, seed: Seed(4))
    let copy = Network(config)
    try copy.load(read(SafetensorsFile(tensors: network.state).encoded()).tensors)
    #expect(copy.state.mapValues(\.elements) == network.state.mapValues(\.elements))
  }

  @Test func integersAreReadApart() throws {
    let file = try read(header: "{\"labels\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}", body: 16)
    #expect(file.tensors.isEmpty)
    #expect(file.integers["labels"]?.values == [0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908])
    #expect(file.integers["labels"]?.shape == [2])
  }

  // MARK: Bad files

  @Test(arguments: [0, 7])
  func fileTooShortForALengthIsRefused(count: Int) {
    #expect(
      message { try read(Data(repeating: 1, count: count)) }
        == malformed("it has \(count) bytes, expected at least 8"))
  }

  @Test(arguments: [(1 << 60, "1152921504606846976"), (-1, "18446744073709551615"), (3, "3")])
  func headerLongerThanTheFileIsRefused(count: Int, text: String) {
    #expect(
      message { try read(length(count) + Data("{}".utf8)) }
        == malformed("its header is said to take \(text) bytes of 10"))
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{\"a\":1}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,1e30]}}",
  ])
  func headerThatIsNotTheExpectedJSONIsRefused(header: String) {
    #expect(
      message { try read(header: header, body: 4) } == malformed("its header is not the expected JSON object"))
  }

  @Test(arguments: [
    ("[2]", "[0, 4]"), ("[1]", "[0, 8]"), ("[3]", "[0, 12]"), ("[1]", "[8, 12]"), ("[1]", "[4, 0]"),
    ("[1]", "[-4, 0]"), ("[1]", "[0]"), ("[2]", "[0, 4, 8]"), ("[1]", "[0, 5]"), ("[-1, -2]", "[0, 8]"),
    ("[4611686018427387904, 8]", "[0, 0]"), ("[4294967296, 4294967296]", "[0, 0]"),
    ("[9223372036854775807, 9223372036854775807]", "[0, 8]"), ("[2]", "[0, 9223372036854775807]"),
  ])
  func offsetsThatDoNotFitAreRefused(shape: String, offsets: String) {
    let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    #expect(
      message { try read(header: header, body: 8) }
        == malformed("tensor 'a' of shape \(shape) has offsets \(offsets) in 8 bytes"))
  }

  @Test func tensorsThatOverlapAreRefused() {
    let header =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
      + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}"
    #expect(message { try read(header: header, body: 12) } == malformed("tensors 'a' and 'b' overlap"))
  }

  @Test func bytesOfNoTensorAreRefused() {
    let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
    #expect(message { try read(header: header, body: 8) } == malformed("its tensors take 4 of its 8 bytes of elements"))
  }

  @Test func fileThatIsCutOffIsRefused() throws {
    let bytes = try SafetensorsFile(tensors: ["a": Tensor([1, 2], shape: [2])]).encoded()
    #expect(
      message { try read(bytes.dropLast(3)) } == malformed("tensor 'a' of shape [2] has offsets [0, 8] in 5 bytes"))
  }

  /// Every prefix of a valid file is refused, whatever it ends in.
  @Test func everyPrefixIsRefused() throws {
    let bytes = try SafetensorsFile(tensors: ["a": Tensor([1], shape: [1]), "b": Tensor([2], shape: [1])]).encoded()
    for count in 0..<bytes.count {
      #expect(throws: WeightsError.self, "\(count) bytes") { try self.read(bytes.prefix(count)) }
    }
  }

  @Test(arguments: ["F16", "BF16", "F64", "f32", ""])
  func otherElementTypesAreNamed(type: String) {
    let header = "{\"a\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    #expect(
      message { try read(header: header, body: 4) }
        == "weights file '\(url.relativePath)': tensor 'a' has element type '\(type)', expected F32 or I64")
  }

  /// Only the format's own key holds metadata; a tensor that is an object of texts is none.
  @Test func metadataIsTakenFromItsKeyOnly() throws {
    #expect(
      message { try read(header: "{\"a\":{\"dtype\":\"F32\"}}", body: 0) }
        == malformed("its header is not the expected JSON object"))
    #expect(
      message {
        try read(header: "{\"__metadata__\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", body: 4)
      } == malformed("its header is not the expected JSON object"))
  }

  @Test func missingFileIsNamed() {
    let text = message { try SafetensorsFile(readingFrom: url) }
    #expect(text?.hasPrefix("weights file '\(url.relativePath)' cannot be read: ") == true)
  }
}
