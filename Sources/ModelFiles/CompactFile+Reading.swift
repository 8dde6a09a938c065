import Digests
import Foundation
import Kernels
import Networks

extension CompactFile {
  /// Reads the bytes of the file at `path`, and checks everything but what indices say before anything is unpacked.
  ///
  /// - Precondition: `data` is whole, no slice of other data.
  /// - Throws: `malformedCompact`, `newerCompact`.
  package init(_ data: Data, path: String) throws(WeightsError) {
    precondition(data.startIndex == 0, "CompactFile: a slice that begins at \(data.startIndex)")
    func malformed(_ fault: String) -> WeightsError { .malformedCompact(path: path, fault: fault) }
    guard data.starts(with: Self.mark) else { throw malformed("it does not begin with the mark of one") }
    guard data.count >= Self.preludeBytes else {
      throw malformed("it has \(data.count) bytes, expected at least \(Self.preludeBytes)")
    }
    let version = Self.number(data[8..<16])
    guard version <= Self.version else {
      throw .newerCompact(path: path, version: version, known: Self.version)
    }
    guard version == Self.version else { throw malformed("its version is \(version)") }
    let length = Self.number(data[16..<24])
    guard length <= UInt64(min(SafetensorsFile.headerLimit, data.count - Self.preludeBytes)) else {
      throw malformed("its header is said to take \(length) bytes of \(data.count)")
    }
    let body = Self.preludeBytes + Int(length)
    let text = data[Self.preludeBytes..<body]
    guard SHA256Digest(of: text).bytes.elementsEqual(data[24..<Self.preludeBytes]) else {
      throw malformed("its header has another SHA-256 than is noted before it")
    }
    guard String(validating: text, as: UTF8.self) != nil else { throw malformed("its header is no UTF-8 text") }
    guard let header = try? JSONDecoder().decode(Header.self, from: text), SafetensorsKeys.areUnique(in: text) else {
      throw malformed("its header is not the expected JSON object")
    }
    var tensors: [CompactTensor] = []
    var names: Set<String> = []
    var end = 0
    for entry in header.tensors {
      guard names.insert(entry.name).inserted else { throw malformed("it has tensor '\(entry.name)' twice") }
      let tensor: CompactTensor
      do throws(CompactTensor.Fault) {
        tensor = try CompactTensor(entry, behind: end, in: data[body...])
      } catch {
        throw malformed("tensor '\(entry.name)' \(error.text)")
      }
      tensors.append(tensor)
      end += tensor.payload.count
    }
    guard end == data.count - body else {
      throw malformed("its tensors take \(end) of the \(data.count - body) bytes behind its header")
    }
    self.init(tensors: tensors, metadata: header.metadata)
  }

  /// The tensors with all their elements, as a safetensors file has them.
  ///
  /// What is allocated is at most 1024 bytes for each of the file's.
  ///
  /// - Throws: `malformedCompact`, naming the file as `path`.
  package func contents(path: String) throws(WeightsError) -> SafetensorsFile {
    var contents = SafetensorsFile(tensors: [:], metadata: metadata)
    for tensor in tensors {
      switch tensor.type {
      case .integer: contents.integers[tensor.name] = (integers(littleEndian: tensor.payload), tensor.shape)
      case .float:
        do throws(CompactTensor.Fault) { contents.tensors[tensor.name] = try tensor.unpacked() } catch {
          throw .malformedCompact(path: path, fault: "tensor '\(tensor.name)' \(error.text)")
        }
      }
    }
    return contents
  }

  private static func number(_ bytes: Data) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

extension CompactTensor {
  /// Most elements that a tensor may have; sizes in bits of so many are far from the end of the integers.
  private static let elementLimit = 1 << 48

  /// The tensor that a header's entry tells of, once all that can be said from sizes has been checked.
  ///
  /// `body` is what is behind the header, and the payload begins at `start` in there.
  fileprivate init(_ entry: CompactFile.Header.Entry, behind start: Int, in body: Data) throws(Fault) {
    guard let type = ElementType(rawValue: entry.dtype) else {
      throw Fault("has element type '\(entry.dtype)', expected F32 or I64")
    }
    guard entry.shape.count <= SafetensorsFile.axisLimit else {
      throw Fault("has \(entry.shape.count) axes, expected at most \(SafetensorsFile.axisLimit)")
    }
    guard let count = SafetensorsFile.elementCount(of: entry.shape), count <= Self.elementLimit else {
      throw Fault("has shape \(entry.shape)")
    }
    guard entry.offsets.count == 2, entry.offsets[0] == start, entry.offsets[1] >= start,
      entry.offsets[1] <= body.count
    else {
      throw Fault("has offsets \(entry.offsets), expected them to begin at \(start) and to end by \(body.count)")
    }
    let bytes = entry.offsets[1] - start
    let encoding = try Self.encoding(entry, type, shape: Shape(entry.shape), bytes: bytes)
    guard entry.values >= 0, entry.values <= bytes / type.bytes,
      encoding.payloadBytes(count: count, values: entry.values, valueBytes: type.bytes) == bytes
    else { throw Fault("has \(entry.values) values of shape \(entry.shape), as \(entry.encoding), in \(bytes) bytes") }
    let payload = body[(body.startIndex + start)..<(body.startIndex + start + bytes)]
    guard SHA256Digest(of: payload).description == entry.sha256 else {
      throw Fault("has a payload with another SHA-256 than the header says")
    }
    self.init(
      name: entry.name, type: type, shape: Shape(entry.shape), encoding: encoding, values: entry.values,
      payload: payload)
  }

  private static func encoding(
    _ entry: CompactFile.Header.Entry, _ type: ElementType, shape: Shape, bytes: Int
  ) throws(Fault) -> CompactEncoding {
    guard let word = CompactEncoding.Word(rawValue: entry.encoding), type == .float || word == .dense else {
      throw Fault("has encoding '\(entry.encoding)', which version 1 does not know for type \(type.rawValue)")
    }
    switch word {
    case .dense:
      guard entry.values == shape.count else { throw Fault("has \(entry.values) values for \(shape.count) elements") }
      return .dense
    case .bitmask:
      guard entry.values <= shape.count else { throw Fault("has \(entry.values) values for \(shape.count) elements") }
      return .bitmask
    case .gaps:
      // So many codes cover so many elements at most, and are in the payload.
      guard let bits = entry.bits, let codes = entry.codes, CompactEncoding.gapBits.contains(bits), codes >= 0,
        codes <= 4 * bytes, shape.count <= codes * ((1 << bits) - 1)
      else {
        throw Fault("has gaps of \(text(entry.bits)) bits, \(text(entry.codes)) of them for \(shape.count) elements")
      }
      return .gaps(bits: bits, codes: codes)
    case .groups:
      guard let keeping = entry.keeping, let size = entry.of, CompactEncoding.groupSizes.contains(size),
        (1..<size).contains(keeping), let layout = GroupLayout(shape, size: size),
        entry.values == layout.count * keeping
      else {
        throw Fault(
          "of shape \(shape) has \(entry.values) values in groups of \(text(entry.keeping)) in \(text(entry.of))")
      }
      return .groups(keeping: keeping, of: size)
    }
  }

  private static func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "unknown" }
}
