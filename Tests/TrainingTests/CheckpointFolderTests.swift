import Foundation
import Kernels
import Pruning
import Testing

@testable import Training

/// A checkpoint is given whole, as it was written, or not at all.
@Suite struct CheckpointFolderTests {
  /// A folder with two checkpoints, of steps 3 and 4, that goes away with its owner.
  private final class Place {
    let url = FileManager.default.temporaryDirectory.appending(path: "checkpoints-\(UUID().uuidString)")
    var newest: URL { url.appending(path: "step-00000004") }

    init() throws {
      let text = #"""
        {"share":0.5,"layers":[{"path":"a.weight","weights":4,"target":2,"pruned":1,
        "mask":{"kept":{"count":4,"words":"000000000000000e"},"threshold":1.5}}]}
        """#
      let pruning = try JSONDecoder().decode(PruningState.self, from: Data(text.utf8))
      for step in [3, 4] {
        let weight = Tensor([1, 2, Float(step), 4], shape: [2, 2])
        let state = CheckpointState(step: step, pruning: pruning, epoch: EpochTotals(), seconds: RunSeconds())
        _ = try CheckpointFolder(url).write(
          Checkpoint(weights: ["a.weight": weight], moments: ["a.weight.momentum": weight], state: state))
      }
    }

    deinit { try? FileManager.default.removeItem(at: url) }
  }

  @Test(arguments: ["manifest.json", "state.json", "weights.safetensors", "optimizer.safetensors"])
  func whateverByteIsChangedTheCheckpointBeforeIsTaken(file: String) throws {
    let place = try Place()
    let url = place.newest.appending(path: file)
    let whole = try Data(contentsOf: url)
    #expect(CheckpointFolder(place.url).newest().checkpoint?.state.step == 4)
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 1 << UInt8(index % 7)
      try bytes.write(to: url)
      let (checkpoint, faults) = CheckpointFolder(place.url).newest()
      #expect(checkpoint?.state.step == 3 && faults.count == 1, "byte \(index): \(faults)")
      #expect(faults.first?.hasPrefix("checkpoint 'step-00000004' was skipped: ") == true)
    }
  }

  @Test func whatIsWrongIsToldInWords() throws {
    let place = try Place()
    func fault(_ file: String, _ change: (inout String) -> Void) throws -> String {
      let url = place.newest.appending(path: file)
      let whole = try Data(contentsOf: url)
      defer { try? whole.write(to: url) }
      var text = String(decoding: whole, as: UTF8.self)
      change(&text)
      try Data(text.utf8).write(to: url)
      let faults = CheckpointFolder(place.url).newest().faults
      return faults.first?.replacing("checkpoint 'step-00000004' was skipped: ", with: "") ?? ""
    }
    #expect(try fault("manifest.json") { $0.removeLast(9) } == "file 'manifest.json' is not what was written")
    #expect(
      try fault("manifest.json") { $0.replace(#""step":4"#, with: #""step":5"#) }
        == "its state is of step 4, expected 5")
    #expect(
      try fault("manifest.json") { $0.replace(#""schema":1"#, with: #""schema":2"#) }
        == "its manifest has schema 2, expected 1")
    let sized = try fault("manifest.json") { $0.replace(#"{"bytes":"#, with: #"{"bytes":9"#) }
    #expect(sized.hasPrefix("file 'weights.safetensors' has ") && sized.contains(" bytes, expected 9"))
    try FileManager.default.removeItem(at: place.newest.appending(path: "weights.safetensors"))
    #expect(
      CheckpointFolder(place.url).newest().faults
        == ["checkpoint 'step-00000004' was skipped: file 'weights.safetensors' cannot be read"])
  }

  @Test func withoutAnyWholeCheckpointThereIsNoneAndEachIsNamed() throws {
    let place = try Place()
    for step in [3, 4] {
      try Data("{".utf8).write(to: place.url.appending(path: "step-0000000\(step)/manifest.json"))
    }
    let (checkpoint, faults) = CheckpointFolder(place.url).newest()
    #expect(checkpoint == nil)
    #expect(
      faults
        == [4, 3].map {
          "checkpoint 'step-0000000\($0)' was skipped: file 'manifest.json' is not what was written"
        })
  }
}
