import Datasets
import Digests
import Foundation
import Kernels
import Networks
import Pruning
import Testing

@testable import Training

@Suite struct CheckpointTests {
  private static let method = MethodConfig.pdp(temperature: .absolute(1e-4))

  @Test func aDamagedCheckpointFallsBackOnTheOneBefore() throws {
    let place = try TinyWorkplace()
    var whole = Record()
    let outcome = try place.job(Self.method, name: "whole").run(into: &whole)
    let job = try place.job(Self.method, name: "damaged")
    var record = Record()
    _ = try job.run(into: &record, stoppingAfter: 7)
    let newest = job.checkpoints.appending(path: "step-00000007")
    let file = newest.appending(path: "weights.safetensors")
    try Data(contentsOf: file).dropLast(100).write(to: file)
    #expect(try job.run(into: &record) == outcome)
    #expect(
      record.events.contains { $0.hasPrefix("checkpoint-skipped: checkpoint 'step-00000007' was skipped: file ") })
    #expect(record.events.contains("resumed: resumed at step 6 of 12"))
  }

  @Test(arguments: ["manifest.json", "weights.safetensors", "optimizer.safetensors", "state.json"])
  func withoutAWholeCheckpointTheRunStartsAnew(file: String) throws {
    let place = try TinyWorkplace()
    var whole = Record()
    let outcome = try place.job(Self.method, name: "whole").run(into: &whole)
    let job = try place.job(Self.method, name: "damaged")
    var record = Record()
    _ = try job.run(into: &record, stoppingAfter: 4)
    for name in try FileManager.default.contentsOfDirectory(atPath: job.checkpoints.path) {
      try FileManager.default.removeItem(at: job.checkpoints.appending(path: name).appending(path: file))
    }
    #expect(try job.run(into: &record) == outcome)
    #expect(record.events.count { $0.hasPrefix("checkpoint-skipped: ") } == 2)
  }

  /// One byte of the only two checkpoints is another.
  @Test func changedBytesAreFoundByTheirDigest() throws {
    let place = try TinyWorkplace()
    var whole = Record()
    let outcome = try place.job(Self.method, name: "whole").run(into: &whole)
    let job = try place.job(Self.method, name: "damaged")
    var record = Record()
    _ = try job.run(into: &record, stoppingAfter: 4)
    var faults: [String] = []
    for (name, file) in [("step-00000004", "optimizer.safetensors"), ("step-00000003", "state.json")] {
      let url = job.checkpoints.appending(path: name).appending(path: file)
      var bytes = try Data(contentsOf: url)
      let before = SHA256Digest(of: bytes)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: url)
      faults.append(
        "checkpoint-skipped: checkpoint '\(name)' was skipped: file '\(file)' has SHA-256 \(SHA256Digest(of: bytes)), "
          + "expected \(before)")
    }
    var resumed = Record()
    #expect(try job.run(into: &resumed) == outcome)
    #expect(resumed.events.filter { !$0.hasPrefix("budget-capped: ") } == faults)
    #expect(resumed.repeatableMetrics == whole.repeatableMetrics)
  }

  @Test func manifestThatLeavesAFileOutIsNotTrusted() throws {
    let place = try TinyWorkplace()
    let job = try place.job(Self.method)
    var record = Record()
    _ = try job.run(into: &record, stoppingAfter: 1)
    let manifest = job.checkpoints.appending(path: "step-00000001/manifest.json")
    try Data("{\"schema\":1,\"step\":1,\"files\":[]}".utf8).write(to: manifest)
    _ = try job.run(into: &record, stoppingAfter: 0)
    #expect(
      record.events == [
        "checkpoint-skipped: checkpoint 'step-00000001' was skipped: its manifest lists [], expected "
          + "[weights.safetensors, optimizer.safetensors, state.json]"
      ])
    try Data("{\"schema\":2,\"step\":1,\"files\":[]}".utf8).write(to: manifest)
    #expect(
      CheckpointFolder(job.checkpoints).newest().faults
        == ["checkpoint 'step-00000001' was skipped: its manifest has schema 2, expected 1"])
  }

  @Test func weightsThatCannotBeWrittenAreOneClearError() throws {
    let place = try TinyWorkplace()
    var job = try place.job(epochs: 1)
    job.exportTo = place.url.appending(path: "missing/model.safetensors")
    var record = Record()
    let error = #expect(throws: TrainingError.self) { try job.run(into: &record) }
    guard case .exportUnwritable(let path, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path == job.exportTo.path)
    #expect(
      error?.description
        == "weights file '\(path)' cannot be written: \(reason); make room or correct the folder's permissions and resume"
    )
    #expect(!reason.isEmpty)
    // The last checkpoint is there, so that nothing but the export has to be done again.
    #expect(record.checkpoints.map(\.step) == [3])
  }

  @Test func twoCheckpointsAreKeptAndUnfinishedOnesIgnored() throws {
    let place = try TinyWorkplace()
    let job = try place.job(Self.method)
    let unfinished = job.checkpoints.appending(path: ".step-00000099.1")
    try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
    var record = Record()
    _ = try job.run(into: &record)
    let names = try FileManager.default.contentsOfDirectory(atPath: job.checkpoints.path).sorted()
    #expect(names == [".step-00000099.1", "step-00000009", "step-00000012"])
    #expect(record.checkpoints.map(\.step) == [3, 6, 9, 12])
  }

  @Test func anUnwritablePlaceIsOneClearError() throws {
    let place = try TinyWorkplace()
    let job = try place.job(Self.method)
    try Data().write(to: job.checkpoints)
    var record = Record()
    #expect {
      try job.run(into: &record)
    } throws: { error in
      let text = "\(error)"
      return text.hasPrefix("checkpoint '\(job.checkpoints.path)/step-00000003' cannot be written: ")
        && text.hasSuffix("; make room or correct the folder's permissions and resume")
    }
  }

  @Test func anotherDataSetsShapeIsRefused() throws {
    let place = try TinyWorkplace()
    var job = try place.job()
    job.images.inputChannels = 3
    var record = Record()
    #expect(
      throws: TrainingError.inputMismatch(
        dataset: "sides", channels: 1, classes: 2, modelChannels: 3, modelClasses: 2)
    ) { try job.run(into: &record) }
    #expect(
      TrainingError.inputMismatch(dataset: "sides", channels: 1, classes: 2, modelChannels: 3, modelClasses: 2)
        .description
        == "data set 'sides' has 1 channels and 2 classes, but the network takes 3 channels and 2 classes; correct the study"
    )
  }
}

extension TinyWorkplace {
  func split(for job: TrainingJob) throws -> (training: ImageSubset, test: ImageSubset) {
    try DatasetStore(root: datasets).load("sides").split(replicate: 0, config: job.data)
  }
}
