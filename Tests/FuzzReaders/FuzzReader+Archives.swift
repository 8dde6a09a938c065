import Datasets
import Foundation

extension FuzzReader {
  static let archives = [
    FuzzReader(
      name: "wheel", tokens: ["PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "pets/a.txt", "../"]
    ) { scratch in
      let opener = try ArchiveOpener(scratch)
      return { input in try opener.open(input.bytes) }
    }
  ]
}

/// One Python process that runs the script which opens wheels again and again.
///
/// What starts in Python only once is the interpreter; the script itself is the one that a fetch runs.
private final class ArchiveOpener {
  private let folder: ScratchFolder
  private let process = Process()
  private let orders = Pipe()
  private let answers = Pipe()

  /// Reads a line an order, runs the script with the rest of its arguments, and says how it ended.
  private static let driver = """
    import os, shutil, signal, sys
    script, wheel, folder = sys.argv[1:4]
    code = compile(script, "wheel script", "exec")
    sys.stderr = open(os.devnull, "w")
    for order in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, 2)
        os.mkdir(folder)
        sys.argv = ["wheel script", wheel, folder, "pets/a.txt", "a.txt", "40", "pets/b.txt", "b.txt", "400"]
        answer = "read"
        try:
            exec(code, {"__name__": "__main__"})
        except SystemExit as error:
            answer = "refused"
        except BaseException as error:
            answer = "failed: %r" % error
        for name, limit in (("a.txt", 41), ("b.txt", 401)):
            path = os.path.join(folder, name)
            if os.path.exists(path) and (os.path.islink(path) or os.path.getsize(path) > limit):
                answer = "failed: '%s' is too long or a link" % name
        if set(os.listdir(folder)) - {"a.txt", "b.txt"}:
            answer = "failed: wrote %r" % os.listdir(folder)
        shutil.rmtree(folder)
        print(answer.replace("\\n", " "), flush=True)
    """

  init(_ scratch: URL) throws {
    folder = try ScratchFolder(scratch.appending(path: "download"), of: "wheel")
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", Self.driver, WheelScript.text, folder.url.appending(path: "pets.whl").path,
      scratch.appending(path: "opened").path,
    ]
    process.standardInput = orders
    process.standardOutput = answers
    try process.run()
  }

  func open(_ wheel: [UInt8]) throws {
    try folder.write(wheel, to: "pets.whl")
    try orders.fileHandleForWriting.write(contentsOf: Data("open\n".utf8))
    var answer = Data()
    while answer.last != 10 {
      let piece = answers.fileHandleForReading.availableData
      try require(!piece.isEmpty, "the process that opens wheels has ended")
      answer += piece
    }
    let text = String(decoding: answer.dropLast(), as: UTF8.self)
    if text == "refused" { throw Refusal(text) }
    try require(text == "read", text)
  }
}
