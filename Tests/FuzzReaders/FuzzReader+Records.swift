import Foundation
import RunStore
import Training

extension FuzzReader {
  static let records = [
    FuzzReader(
      name: "journal",
      tokens: jsonTokens + ["\n", "{\"seq\":1,", "\"kind\":\"metric\"", "\"kind\":\"end\"", "\"nan\"", "\"digest\":\""]
    ) { scratch in
      let folder = try ScratchFolder(scratch.appending(path: "attempt"), of: "journal")
      return { input in
        var input = input
        if input.isSealed { input.bytes = Seal.journal(input.bytes) }
        try folder.put(input)
        let (lines, end, torn) = try JournalReader(url: folder.url.appending(path: input.role)).lines()
        try require(
          lines.map(\.seq) == lines.indices.map { $0 + 1 } && end.byteOffset + torn == input.bytes.count,
          "\(lines.count) lines end at \(end.byteOffset) with \(torn) bytes of \(input.bytes.count) behind")
      }
    },
    FuzzReader(
      name: "latencies",
      tokens: jsonTokens + ["\n", "\"rounds\":", "\"seconds\":", "\"median\":", "\"denseRun\":", "\"digest\":\"", "-1"]
    ) { _ in
      { input in
        let bytes = input.isSealed ? Seal.latencies(input.bytes) : input.bytes
        let latencies = try LatencyFile.latencies(in: bytes, path: "latencies.jsonl")
        try require(
          latencies.count == bytes.count { $0 == UInt8(ascii: "\n") },
          "\(latencies.count) measurements of \(bytes.count) bytes")
        for latency in latencies {
          try require(latency.rounds > 0 && latency.seconds.lower > 0, "\(latency.rounds) rounds")
        }
      }
    },
    // A checkpoint of which one file is changed; damage is told, and nothing but a whole one is given.
    FuzzReader(
      name: "checkpoint", tokens: jsonTokens + ["weights.safetensors", "state.json", "sha256", "../state.json", "mask"]
    ) { scratch in
      let folder = try ScratchFolder(scratch.appending(path: "checkpoints/step-00000004"), of: "checkpoint")
      return { input in
        let manifest = "manifest.json"
        if input.role != manifest {
          var bytes = folder.bytes(of: manifest)
          if input.isSealed { bytes = Seal.manifest(bytes, of: input.role, input.bytes) }
          try folder.write(bytes, to: manifest)
        }
        try folder.put(input)
        let (checkpoint, faults) = StoredCheckpoint.newest(in: folder.url.deletingLastPathComponent())
        try require((checkpoint == nil) == !faults.isEmpty, "a checkpoint with the faults \(faults)")
        if checkpoint == nil { throw Refusal(faults.joined()) }
      }
    },
  ]
}
