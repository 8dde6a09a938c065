import Digests
import Foundation
import GRDB
import Training

extension RunStore {
  /// Writes the folders of `runs`, with the plans that have them, as a bundle that `import` takes in elsewhere: a tar
  /// archive if the name ends so, else a folder.
  ///
  /// With `withCheckpoints`, the newest checkpoint of each. The bundle appears under its name only when it is complete.
  ///
  /// - Returns: the number of files and their bytes.
  /// - Throws: `RunStoreError.fileSystem` if there is something under that name, `.inHand`, `.diskFull`.
  package func exportBundle(
    of runs: [String], to url: URL, withCheckpoints: Bool
  ) throws(RunStoreError) -> (files: Int, bytes: Int) {
    try NewFile.refuseExisting(url)
    var names = try planNames(of: runs)
    for run in runs { names += try fileNames(of: run, withCheckpoint: withCheckpoints) }
    var files: [BundleManifest.File] = []
    for name in names.sorted() {
      let file = layout.root.appending(path: name)
      do {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber
        files.append(
          BundleManifest.File(
            name: name, bytes: size?.intValue ?? 0, sha256: try SHA256Digest(ofFileAt: file).description))
      } catch {
        throw .fileSystem(path: file.path, operation: "read", reason: plainReason(error))
      }
    }
    let manifest = BundleManifest(
      schema: BundleManifest.schema, runs: runs.sorted(),
      plans: names.filter { BundleName.run(of: $0) == nil }.map { String($0.dropFirst(6).dropLast(5)) }.sorted(),
      files: files)
    let draft = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: draft) }
    do {
      try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: false)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      try encoder.encode(manifest).write(to: draft.appending(path: BundleManifest.name))
      if url.pathExtension == "tar" {
        let archive = draft.appending(path: "archive")
        try pack(files.map(\.name), manifestIn: draft, to: archive)
        try FileManager.default.moveItem(at: archive, to: url)
      } else {
        for file in files {
          let target = draft.appending(path: file.name)
          try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
          try FileManager.default.copyItem(at: layout.root.appending(path: file.name), to: target)
        }
        try FileManager.default.moveItem(at: draft, to: url)
      }
    } catch let error as RunStoreError {
      throw error
    } catch {
      if isDiskFull(error) { throw .diskFull(path: url.path) }
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
    return (files.count, files.reduce(0) { $0 + $1.bytes })
  }

  /// Plans that have one of `runs`, as far as their files are there.
  private func planNames(of runs: [String]) throws(RunStoreError) -> [String] {
    let plans = try read { db in
      var plans: Set<String> = []
      for run in runs {
        plans.formUnion(
          try String.fetchAll(
            db, sql: "SELECT plan FROM planRun WHERE run = ?1 UNION SELECT plan FROM attempt WHERE run = ?1",
            arguments: [run]))
      }
      return plans
    }
    return plans.filter { FileManager.default.fileExists(atPath: layout.plan($0).path) }.map { "plans/\($0).json" }
  }

  private func fileNames(of run: String, withCheckpoint: Bool) throws(RunStoreError) -> [String] {
    let attempts = try layout.attemptNumbers(run)
    if let last = attempts.last, FileLock.isHeld(layout.lock(run, last)) {
      throw .inHand(run: run, holder: "another process works on attempt \(last); export it when that has ended")
    }
    var names = ["spec.json", "error.txt", "model.safetensors"]
    for attempt in attempts { names += ["attempts/\(attempt)/journal.jsonl", "attempts/\(attempt)/log.txt"] }
    let folder = layout.checkpoints(run)
    if withCheckpoint, FileManager.default.fileExists(atPath: folder.path) {
      do {
        let manager = FileManager.default
        if let newest = try manager.contentsOfDirectory(atPath: folder.path).filter({ $0.hasPrefix("step-") }).max() {
          names += try manager.contentsOfDirectory(atPath: folder.appending(path: newest).path)
            .map { "checkpoints/\(newest)/\($0)" }
        }
      } catch {
        throw .fileSystem(path: folder.path, operation: "list", reason: plainReason(error))
      }
    }
    return names.map { "runs/\(run)/\($0)" }
      .filter { FileManager.default.fileExists(atPath: layout.root.appending(path: $0).path) }
  }

  /// Packs files below `results`, and the manifest, with the system's tar: the same files give the same bytes.
  private func pack(_ names: [String], manifestIn folder: URL, to archive: URL) throws {
    let list = folder.appending(path: "names")
    try Data(names.map { "\($0)\n" }.joined().utf8).write(to: list)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "tar", "--create", "--file", archive.path, "--format=ustar", "--owner=0", "--group=0", "--numeric-owner",
      "--mtime=@0", "--mode=u=rw,go=r", "--no-recursion", "-C", folder.path, BundleManifest.name, "-C",
      layout.root.path,
      "--verbatim-files-from", "--files-from", list.path,
    ]
    let errors = folder.appending(path: "errors")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self).split(separator: "\n").first ?? ""
      throw RunStoreError.fileSystem(
        path: archive.path, operation: "write", reason: "tar ended with \(process.terminationStatus): \(said)")
    }
  }
}
