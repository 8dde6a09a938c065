/// Asks the installed pip where one of a package's archives is, and downloads it with pip's own session.
///
/// `pip download` would run the package's setup.py for its metadata. This stops before that: pip contributes its index,
/// mirrors, proxies, certificates, credentials and time limits, and nothing of the package is executed.
enum DistributionScript {
  /// Exit status when the index has no such file or cannot be reached.
  static let notFound = 3

  /// Exit status when python3 has no pip, or one without the parts that this calls (pip 20.3 to 26.3 have them).
  static let noPip = 4

  /// Arguments: package, version, file to write, process id of the caller, whose end also ends the download, and pip's
  /// option that admits one kind of archive.
  static let text = """
    import os, sys
    try:
        from pip._internal.commands import create_command
        from pip._vendor.packaging.specifiers import SpecifierSet
    except ImportError:
        sys.exit(\(noPip))
    name, version, path, parent, kind = sys.argv[1:6]
    command = create_command("download")
    options, _ = command.parse_args(["--no-deps", kind, ":all:", name])
    try:
        with command.main_context():
            session = command.get_default_session(options)
            finder = command._build_package_finder(options, session, ignore_requires_python=True)
            best = finder.find_best_candidate(name, SpecifierSet("==" + version)).best_candidate
            if best is None:
                sys.exit(\(notFound))
            url = best.link.url_without_fragment
            with session.get(url, stream=True, headers={"Accept-Encoding": "identity"}) as response:
                response.raise_for_status()
                length = int(response.headers.get("Content-Length", "-1"))
                count = 0
                with open(path, "wb") as file:
                    for piece in response.raw.stream(1 << 20, decode_content=False):
                        file.write(piece)
                        count += len(piece)
                        if os.getppid() != int(parent):
                            sys.exit("the calling process has ended")
            if length not in (-1, count):
                sys.exit("the connection broke after %d of %d bytes" % (count, length))
    except Exception as error:
        sys.exit("%s: %s" % (type(error).__name__, error))

    """
}
