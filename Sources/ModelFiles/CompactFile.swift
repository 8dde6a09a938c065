import Digests
import Foundation
import Kernels
import Networks

/// The compact container: named tensors and text metadata, with the zeros left out.
///
/// Names of such files end in `.pdpc`.
///
/// All numbers are little-endian, all texts UTF-8. A file is, one part directly behind the other:
///
/// | bytes | part |
/// | --- | --- |
/// | 8 | the mark: 89 50 44 50 43 0D 0A 1A, in hexadecimal |
/// | 8 | version of the format, an unsigned integer: 1 |
/// | 8 | length of the header in bytes, an unsigned integer of at most 100,000,000 |
/// | 32 | SHA-256 of the header |
/// | as said | the header: a JSON object, behind which spaces make its length a multiple of 8 |
/// | the rest | the payloads of all tensors in the order of the header |
///
/// The header has the keys `metadata`, an object of texts, and `tensors`, an array with an object a tensor:
///
/// | key | value |
/// | --- | --- |
/// | `name` | as PyTorch's `state_dict` has it; no two are alike |
/// | `dtype` | `F32`, single precision, or `I64`, signed 64-bit integers, which are always dense |
/// | `shape` | extents, outermost first; at most 32; elements are numbered in row-major order |
/// | `encoding` | `dense`, `bitmask`, `gaps` or `groups` |
/// | `values` | how many values are stored |
/// | `bits`, `codes` | of gaps: bits of a code, 2 to 8, and how many codes |
/// | `keeping`, `of` | of groups: N and M, with N from 1 below M and M from 2 to 16 |
/// | `offsets` | where the payload begins and ends, counted from the end of the header; each begins where the one before ends |
/// | `sha256` | of the payload, 64 lower-case hexadecimal digits |
///
/// A payload is the values, then the index, then zero bits up to a multiple of 4 bytes. Elements that no value is stored for
/// are zero with all bits zero; negative zero and what is no number are values as any other, and keep their bits. The index
/// is a sequence of bits that begins at the lowest bit of its first byte; numbers in it begin with their lowest bit.
///
/// - `dense`: every element is a value, and there is no index.
/// - `bitmask`: the index has a bit an element, which is set where a value is stored. Values are in the order of elements;
///   none of them is zero.
/// - `gaps`: the index is `codes` numbers of `bits` bits. With `most` = 2^bits - 1, a number below `most` stands for so many
///   zeros with a value behind them, and `most` for `most` zeros with no value behind. Together they cover all elements;
///   only zeros of the last may reach past the end. Values are in the order of elements; none of them is zero.
/// - `groups`: of weights [out, in, ...], with in a multiple of M. A group is M consecutive input channels at one output
///   channel and kernel position; groups come in the order of output channel, first input channel, kernel position. Each has
///   N values, zeros among them where it has fewer, and N indices, which rise, of ceil(log2 M) bits: where among the M
///   the values are.
///
/// The writer takes the smallest for each tensor and orders tensors by the bytes of their names, so that equal contents
/// give equal files. Metadata of an exported run: `architecture`, `run`, `study`, `profile`, `arm`, `replicate`, `numerics`
/// (version of the engine's numerics), `sparsity` (counted), `dataset`, `classes` (a JSON array of names, where the data
/// set has any), `network`, `image` and `normalization` (JSON objects: the network before channels were taken out, the size
/// of its images, and mean and deviation of their channels), `length` (of texts, in tokens), and `channels` (a JSON object with what is left of each group, where channels were taken out).
package struct CompactFile {
  /// Version of the format that is written, and the newest that is read.
  package static let version: UInt64 = 1
  /// The first bytes of a file, which no safetensors file begins with.
  package static let mark: [UInt8] = [0x89, 0x50, 0x44, 0x50, 0x43, 0x0D, 0x0A, 0x1A]
  /// Bytes before the header.
  static let preludeBytes = 56

  let tensors: [CompactTensor]
  package let metadata: [String: String]

  init(tensors: [CompactTensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Packs every tensor of `contents`.
  package init(of contents: SafetensorsFile) {
    let integers = contents.integers.map { CompactTensor(name: $0.key, $0.value) }
    let floats = contents.tensors.map { CompactTensor(name: $0.key, $0.value) }
    self.init(
      tensors: (integers + floats).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) },
      metadata: contents.metadata)
  }

  /// How many tensors have each encoding that some have, such as `gaps`, in a fixed order.
  package var encodings: [(word: String, tensors: Int)] {
    CompactEncoding.Word.allCases.compactMap { word in
      let count = tensors.count { $0.encoding.word == word }
      return count > 0 ? (word.rawValue, count) : nil
    }
  }

  /// The file's bytes; equal contents give equal bytes.
  package func encoded() throws -> Data {
    var body = Data()
    var entries: [Header.Entry] = []
    for tensor in tensors {
      let start = body.count
      body.append(tensor.payload)
      entries.append(Header.Entry(tensor, offsets: [start, body.count]))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header = try encoder.encode(Header(metadata: metadata, tensors: entries))
    header.append(Data(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    let numbers = SafetensorsFile.littleEndianBytes(of: [Int(Self.version), header.count])
    return Data(Self.mark) + numbers + Data(SHA256Digest(of: header).bytes) + header + body
  }

  /// The JSON in a file.
  struct Header: Codable {
    var metadata: [String: String]
    var tensors: [Entry]

    struct Entry: Codable {
      var name: String
      var dtype: String
      var shape: [Int]
      var encoding: String
      var values: Int
      var bits: Int?
      var codes: Int?
      var keeping: Int?
      var of: Int?
      var offsets: [Int]
      var sha256: String

      init(_ tensor: CompactTensor, offsets: [Int]) {
        name = tensor.name
        dtype = tensor.type.rawValue
        shape = tensor.shape.extents
        encoding = tensor.encoding.word.rawValue
        values = tensor.values
        self.offsets = offsets
        sha256 = SHA256Digest(of: tensor.payload).description
        switch tensor.encoding {
        case .dense, .bitmask: break
        case .gaps(let bits, let codes): (self.bits, self.codes) = (bits, codes)
        case .groups(let keeping, let size): (self.keeping, of) = (keeping, size)
        }
      }
    }
  }
}
