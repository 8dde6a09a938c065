import Glibc
import Synchronization

/// Requests to stop, counted by signal handlers and read between steps.
package enum StopSignals {
  private static let requests = Atomic<Int>(0)

  /// How often this process was asked to stop.
  package static var count: Int { requests.load(ordering: .relaxed) }

  /// Counts SIGINT, SIGTERM and SIGUSR1 from now on instead of dying of them.
  package static func watch() {
    // The counter exists before a handler can need it: initialising it there would not be safe.
    _ = count
    var watched = sigset_t()
    sigemptyset(&watched)
    for number in [SIGINT, SIGTERM, SIGUSR1] {
      sigaddset(&watched, number)
      signal(number) { _ in StopSignals.requests.add(1, ordering: .relaxed) }
    }
    // A process inherits the mask of the thread that started it, and threads of a pool block nearly everything.
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
  }
}
