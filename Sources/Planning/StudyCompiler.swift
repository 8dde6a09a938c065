import Digests
import Foundation
import StudyKit

/// Compiles one study file and evaluates it, in a private folder that is gone afterwards.
struct StudyCompiler {
  let toolchain: StudyToolchain
  let limits: StudyLimits
  /// Where the compiler keeps the C modules that it has read.
  let moduleCache: URL
  let version: CompilerVersion

  init(toolchain: StudyToolchain, limits: StudyLimits, cacheDirectory: URL) {
    self.toolchain = toolchain
    self.limits = limits
    // The compiler refuses modules that were cached at another path, as after the workspace was moved or copied.
    let place = SHA256Digest(of: cacheDirectory.standardizedFileURL.path).prefix(12)
    moduleCache = cacheDirectory.appending(path: "modules-\(place)")
    version = CompilerVersion(compiler: toolchain.compiler, cacheDirectory: cacheDirectory)
  }

  private static let compileSeconds = 120
  private static let main = """
    import StudyKit

    try study.write(to: CommandLine.arguments[1])

    """
  /// Module that the file and the generated main belong to.
  private static let moduleName = "StudyFile"
  private static let allowedImports: Set<String> = ["StudyKit"]
  private static let flags = ["-Onone", "-wmo", "-swift-version", "6", "-module-name", moduleName]

  /// SHA-256 over everything that decides the value of a study.
  ///
  /// - Throws: `PlanningError.unreadable` for StudyKit's files, and what running the compiler throws.
  func cacheKey(source: Data, url: URL) throws(PlanningError) -> SHA256Digest {
    var digest = PartsDigest()
    digest.add(source)
    digest.add(url.path)
    for file in [toolchain.library, toolchain.module] {
      do {
        digest.add(try Data(contentsOf: file, options: .mappedIfSafe))
      } catch {
        throw .unreadable(path: file.path, reason: reason(of: error))
      }
    }
    digest.add(try version.text(ask: compilerVersion))
    digest.add(Self.flags.joined(separator: "\n"))
    digest.add(Self.main)
    digest.add(String(Study.schema))
    return digest.finalize()
  }

  /// The study's value as JSON text; it is evaluated twice, because a value that changes could not be cached.
  ///
  /// `path` is how messages call the file; the compiler's own messages name it by `url`.
  func evaluate(_ source: Data, url: URL, path: String) throws(PlanningError) -> Data {
    try withScratchFolder { (scratch) throws(PlanningError) in
      let overlay = try prepare(scratch, source: source, url: url)
      try checkImports(of: source, url: url, path: path, overlay: overlay, scratch: scratch)
      let program = try compile(url, path: path, overlay: overlay, scratch: scratch)
      let value = try run(program, path: path, scratch: scratch, attempt: 1)
      guard try run(program, path: path, scratch: scratch, attempt: 2) == value else {
        throw .notReproducible(path: path)
      }
      return value
    }
  }

  private func compilerVersion() throws(PlanningError) -> String {
    try withScratchFolder { (scratch) throws(PlanningError) in
      let result = try runCompiler(["--version"], scratch: scratch)
      guard result.status == .exited(code: 0) else {
        throw .toolMissing(tool: toolchain.compiler.path, remedy: "its version cannot be read: it \(result.status)")
      }
      return result.output
    }
  }

  /// Writes the bytes that were hashed, the generated main, and the overlay that shows the bytes under the file's path,
  /// so that diagnostics name the author's file and nothing read later can differ from what was hashed.
  private func prepare(_ scratch: URL, source: Data, url: URL) throws(PlanningError) -> URL {
    let copy = scratch.appending(path: "copy.swift")
    let overlay = scratch.appending(path: "overlay.json")
    let file = Overlay.Entry(name: url.lastPathComponent, externalContents: copy.path)
    let root = Overlay.Root(name: url.deletingLastPathComponent().path, contents: [file])
    do {
      try source.write(to: copy)
      try Data(Self.main.utf8).write(to: scratch.appending(path: "main.swift"))
      try JSONEncoder().encode(Overlay(roots: [root])).write(to: overlay)
    } catch {
      throw .unwritable(path: scratch.path, reason: reason(of: error))
    }
    return overlay
  }

  private func checkImports(
    of source: Data, url: URL, path: String, overlay: URL, scratch: URL
  ) throws(PlanningError) {
    let arguments = [
      "-scan-dependencies", "-Xfrontend", "-import-prescan", "-parse-stdlib", "-vfsoverlay", overlay.path, url.path,
    ]
    let result = try runCompiler(arguments, scratch: scratch)
    guard result.status == .exited(code: 0) else {
      throw .importScanFailed(path: path, output: result.diagnostics, status: result.status)
    }
    let imports: [String]
    do {
      imports = try JSONDecoder().decode(Imports.self, from: Data(result.output.utf8)).imports
    } catch {
      throw .importScanFailed(path: path, output: result.output + result.diagnostics, status: result.status)
    }
    for module in imports where !Self.allowedImports.contains(module) {
      throw .forbiddenImport(path: path, line: Self.line(importing: module, in: source), module: module)
    }
  }

  /// Line of the first import of `module`, from 1; nil if the declaration spans lines.
  private static func line(importing module: String, in source: Data) -> Int? {
    let lines = String(decoding: source, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
    return lines.firstIndex { line in
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
      guard let keyword = words.firstIndex(of: "import") else { return false }
      return words[keyword...].dropFirst().contains { $0 == module }
    }.map { $0 + 1 }
  }

  private func compile(_ url: URL, path: String, overlay: URL, scratch: URL) throws(PlanningError) -> URL {
    let program = scratch.appending(path: "study")
    let library = toolchain.library.deletingLastPathComponent().path
    let arguments =
      Self.flags + [
        "-I", toolchain.modules.path, "-L", library, "-lStudyKit", "-Xlinker", "-rpath", "-Xlinker", library,
        "-module-cache-path", moduleCache(orIn: scratch).path, "-vfsoverlay", overlay.path, url.path,
        scratch.appending(path: "main.swift").path, "-o", program.path,
      ]
    let result = try runCompiler(arguments, scratch: scratch)
    guard result.status == .exited(code: 0) else {
      throw .compilationFailed(path: path, output: result.output + result.diagnostics, status: result.status)
    }
    return program
  }

  /// The module cache, or a new one in `scratch` where it cannot be made.
  private func moduleCache(orIn scratch: URL) -> URL {
    do {
      try FileManager.default.createDirectory(at: moduleCache, withIntermediateDirectories: true)
      return moduleCache
    } catch {
      // Only slower: the same folder not being writable is reported when the value is stored.
      return scratch.appending(path: "modules")
    }
  }

  private func run(_ program: URL, path: String, scratch: URL, attempt: Int) throws(PlanningError) -> Data {
    let output = scratch.appending(path: "study\(attempt).json")
    let directory = scratch.appending(path: "empty")
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: directory.path, reason: reason(of: error))
    }
    let child = ChildProcess(
      executable: program, arguments: [output.path], environment: [:], directory: directory, seconds: limits.seconds,
      limits: limits)
    let result = try child.run(scratch: scratch)
    guard result.status == .exited(code: 0) else {
      throw .evaluationFailed(path: path, output: result.output + result.diagnostics, status: result.status)
    }
    let printed = result.output + result.diagnostics
    guard printed.isEmpty else {
      throw .printed(path: path, output: String(printed.prefix { !$0.isNewline }.prefix(200)))
    }
    guard let value = FileManager.default.contents(atPath: output.path) else { throw .outputMissing(path: path) }
    return value
  }

  private func runCompiler(_ arguments: [String], scratch: URL) throws(PlanningError) -> ChildProcess.Result {
    try ChildProcess(
      executable: toolchain.compiler, arguments: arguments,
      // The driver looks for the linker on PATH, and keeps its own temporary files where TMPDIR says.
      environment: ["PATH": toolchain.searchPath, "TMPDIR": scratch.path, "HOME": scratch.path], directory: scratch,
      seconds: Self.compileSeconds, limits: nil
    ).run(scratch: scratch)
  }

  private func withScratchFolder<Result>(
    _ body: (URL) throws(PlanningError) -> Result
  ) throws(PlanningError) -> Result {
    let files = FileManager.default
    let scratch = files.temporaryDirectory.resolvingSymlinksInPath().appending(path: "pdp-study-\(UUID().uuidString)")
    do {
      try files.createDirectory(
        at: scratch, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unwritable(path: scratch.path, reason: reason(of: error))
    }
    // What cannot be removed lies in the system's folder for temporary files, which it cleans.
    defer { try? files.removeItem(at: scratch) }
    return try body(scratch)
  }
}

/// The compiler's list of modules that a file imports.
private struct Imports: Decodable {
  var imports: [String]
}
