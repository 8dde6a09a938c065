import ArgumentParser
import Conformance
import Datasets
import Deployment
import Execution
import Networks
import Planning
import Reports
import RunStore

/// Exit codes of the program.
enum ExitStatus: Int32 {
  case done = 0
  /// Some runs failed or diverged, or the machine is in the way.
  case failed = 1
  case usage = 2
  case invalidStudy = 3
  /// A checksum, a journal, a plan or the database is not what was written.
  case integrity = 4
  /// The report on disk is not the one that the database gives.
  case checkNotMet = 5
  case interrupted = 75
  /// A second Ctrl-C.
  case killed = 130

  /// The code for an error of any room.
  init(of error: any Error) {
    self =
      switch error {
      case let error as PlanningError: Self(of: error)
      case let error as RunStoreError: Self(of: error)
      case let error as DatasetError: Self(of: error)
      case let error as WeightsError: Self(of: error)
      case let error as RunAuditError: Self(of: error)
      case let error as DeploymentError: Self(of: error)
      case ExecutionError.store(let error): Self(of: error)
      case ExecutionError.plan(let error): Self(of: error)
      case ExecutionError.specChanged: .integrity
      case ExecutionError.orderUnreadable, ExecutionError.unknownRun: .usage
      case ReportError.unknownArm: .invalidStudy
      case is ConformanceError, is UsageError: .usage
      default: .failed
      }
  }

  private init(of error: PlanningError) {
    self =
      switch error.category {
      case .usage: .usage
      case .study: .invalidStudy
      case .integrity: .integrity
      case .environment: .failed
      }
  }

  private init(of error: RunStoreError) {
    self =
      switch error {
      case .journalBroken, .latenciesBroken, .journalsMissing, .foreignDatabase, .newerDatabase, .databaseDamaged,
        .bundleInvalid,
        .bundleConflict:
        .integrity
      case .queryRefused, .queryInvalid, .unknownRun, .ambiguousRun, .unknownTarget: .usage
      case .plan(let error): Self(of: error)
      case .diskFull: .interrupted
      case .readOnly, .fileSystem, .inHand, .databaseFailed, .queryTimedOut: .failed
      }
  }

  private init(of error: WeightsError) {
    self = if case .unreadable = error { .failed } else { .integrity }
  }

  private init(of error: RunAuditError) {
    self = if case .unfinished = error { .usage } else { .integrity }
  }

  private init(of error: DeploymentError) {
    self =
      switch error {
      case .malformedMetadata, .otherNetwork: .integrity
      case .unknownNetwork, .noPlan, .noClasses, .unknownNormalization, .unknownInput, .malformedInput,
        .wrongInputSize, .inputTooLarge:
        .usage
      case .unreadableInput: .failed
      }
  }

  private init(of error: DatasetError) {
    self =
      switch error {
      case .unknownDataset, .wrongKind, .userProvided, .userFilesMissing: .usage
      case .wrongSize, .wrongDigest, .malformedFile, .malformedImage, .manifestInvalid, .fingerprintChanged: .integrity
      case .interrupted: .interrupted
      default: .failed
      }
  }
}
