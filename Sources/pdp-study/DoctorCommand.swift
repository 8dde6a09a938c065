import ArgumentParser
import Datasets
import Execution
import Foundation
import Kernels
import Planning
import RunStore

/// Looks whether this machine can do the work.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at the toolchain, the libraries, the threads, the database, the data and the disk.",
    discussion: """
      Every finding that is not good says what to do about it, and any makes the exit code 1.

      Example: pdp-study doctor
      """
  )

  /// Free space below which a warning is due.
  private static let scarceBytes = 2_000_000_000

  @OptionGroup var global: GlobalOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let findings = [toolchain(), libraries(), threads(), database(), disk()] + data()
    Console.output(json ? try PrettyJSON.text(of: findings) : Self.table(findings).text(.table))
    guard findings.allSatisfy(\.isGood) else { throw ExitCode(ExitStatus.failed.rawValue) }
  }

  private struct Finding: Encodable {
    var isGood: Bool
    var what: String
    /// With its remedy, if it is not good.
    var finding: String
  }

  private static func table(_ findings: [Finding]) -> TextTable {
    TextTable(
      columns: ["", "what", "finding"],
      rows: findings.map { [.text($0.isGood ? "ok" : "!!"), .text($0.what), .text($0.finding)] })
  }

  private func toolchain() -> Finding {
    do {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let toolchain = try StudyToolchain(besideExecutable: StudyOptions.executable, searchPath: path)
      return Finding(
        isGood: true, what: "toolchain",
        finding: "built with \(Machine.toolchain); studies are compiled by \(toolchain.compiler.path)")
    } catch {
      return Finding(isGood: false, what: "toolchain", finding: "\(error)")
    }
  }

  private func libraries() -> Finding {
    let versions = Libraries.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return Finding(isGood: true, what: "libraries", finding: versions.joined(separator: "; "))
  }

  private func threads() -> Finding {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    return Finding(
      isGood: true, what: "threads",
      finding: "\(ThreadPool.size) of the pool on \(processors) processors (\(Machine.cpu))")
  }

  private func database() -> Finding {
    do {
      let store = try RunStore.open(global.layout)
      let fault = try store.integrityFault()
      let count = try store.runs().count
      if let fault {
        return Finding(
          isGood: false, what: "database",
          finding: "'\(global.layout.database.path)' is damaged: \(fault); delete it to have it rebuilt")
      }
      let notes = store.notices.map { "; \($0)" }.joined()
      return Finding(isGood: true, what: "database", finding: "\(count) runs, intact\(notes)")
    } catch {
      return Finding(isGood: false, what: "database", finding: "\(error)")
    }
  }

  private func disk() -> Finding {
    do {
      let attributes = try FileManager.default.attributesOfFileSystem(forPath: global.workspace.path)
      let free = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
      let isGood = free >= Self.scarceBytes
      return Finding(
        isGood: isGood, what: "disk",
        finding: "\(Format.bytes(free)) free"
          + (isGood ? "" : ": expected at least \(Format.bytes(Self.scarceBytes)); free some, or use --root elsewhere"))
    } catch {
      return Finding(isGood: false, what: "disk", finding: "'\(global.workspace.path)' cannot be looked at: \(error)")
    }
  }

  private func data() -> [Finding] {
    do {
      return try DatasetStore(root: global.datasets).list().map { status in
        switch status.state {
        case .fetched: Finding(isGood: true, what: "data \(status.name)", finding: "fetched and verified")
        case .missing:
          Finding(
            isGood: true, what: "data \(status.name)",
            finding: "not fetched; 'pdp-study data fetch \(status.name)' brings it")
        case .userProvided: Finding(isGood: true, what: "data \(status.name)", finding: "bring your own")
        case .corrupt(let faults):
          Finding(
            isGood: false, what: "data \(status.name)", finding: faults.map { "\($0)" }.joined(separator: "; "))
        }
      }
    } catch {
      return [Finding(isGood: false, what: "data", finding: "\(error)")]
    }
  }
}
