import Foundation

/// What a study file is compiled with.
package struct StudyToolchain: Sendable {
  /// The Swift compiler driver, `swiftc`.
  package var compiler: URL
  /// Folders separated by colons, where the compiler looks for the linker.
  package var searchPath: String
  /// Folder of `StudyKit.swiftmodule`.
  package var modules: URL
  /// The dynamic library `libStudyKit.so`.
  package var library: URL

  package init(compiler: URL, searchPath: String, modules: URL, library: URL) {
    self.compiler = compiler
    self.searchPath = searchPath
    self.modules = modules
    self.library = library
  }

  /// The StudyKit that was built together with the program at `executable`, and the first `swiftc` of `searchPath`.
  ///
  /// - Throws: `PlanningError.toolMissing`.
  package init(besideExecutable executable: URL, searchPath: String) throws(PlanningError) {
    let folder = executable.resolvingSymlinksInPath().deletingLastPathComponent()
    let candidates = searchPath.split(separator: ":").map { URL(filePath: String($0)).appending(path: "swiftc") }
    guard let compiler = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
      throw .toolMissing(tool: "swiftc", remedy: "install Swift 6.3 and put its folder on PATH")
    }
    self.init(
      compiler: compiler, searchPath: searchPath, modules: folder.appending(path: "Modules"),
      library: folder.appending(path: "libStudyKit.so"))
    for file in [library, module] where !FileManager.default.fileExists(atPath: file.path) {
      throw .toolMissing(tool: file.path, remedy: "run 'swift build' to make it")
    }
  }

  var module: URL { modules.appending(path: "StudyKit.swiftmodule") }
}
