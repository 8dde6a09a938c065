import Glibc

/// How the threads of OpenMP wait for the next layer.
enum ActiveWaiting {
  private static let variables = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]

  /// Starts the program again with threads that do not go to sleep between layers, unless the environment says how they
  /// are to wait.
  ///
  /// A layer of a pruned network takes a tenth of a millisecond, and waking a thread up a good part of that. OpenMP reads its
  /// environment when it is loaded, hence the new start. Returns where the system does not allow one.
  static func restartWithIt() {
    guard variables.allSatisfy({ getenv($0) == nil }) else { return }
    setenv("OMP_WAIT_POLICY", "active", 1)
    var arguments = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", &arguments)
    for argument in arguments { free(argument) }
  }
}
