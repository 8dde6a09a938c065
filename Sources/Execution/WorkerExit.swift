/// What a worker process says by its exit code to the process that started it.
package enum WorkerExit: Int32, Sendable {
  case succeeded = 0
  /// The run failed or diverged; its journal says why.
  case unsuccessful = 1
  /// Another process has the run in hand; nothing was done.
  case inHand = 3
  /// Stopped on request, after a checkpoint.
  case interrupted = 75
}
