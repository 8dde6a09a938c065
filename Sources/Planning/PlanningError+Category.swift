extension PlanningError {
  /// Whom the error concerns, for the choice of an exit code.
  package enum Category: Sendable {
    /// The command named something that does not exist.
    case usage
    /// The study file has to be corrected.
    case study
    /// A stored file is not what was written.
    case integrity
    /// A tool, folder or build of this machine.
    case environment
  }

  package var category: Category {
    switch self {
    case .unknownStudy, .undeclaredProfile, .replicateRange, .filterForm, .unknownFilterKey, .unknownFilterValue: .usage
    case .reservedFileName, .studyTooLarge, .forbiddenImport, .importScanFailed, .compilationFailed, .evaluationFailed,
      .printed, .outputMissing, .notReproducible, .invalidStudy, .unknownDataset, .limitAboveDataset,
      .batchAboveDataset, .imageTooLargeForStem, .wrongContent, .unknownEncoder, .tooManyLayers, .textsTooLong,
      .armWithoutEnd, .notFinite:
      .study
    case .planUnreadable, .unknownPlanSchema, .planChanged: .integrity
    case .unreadable, .unwritable, .toolMissing, .outputUnreadable, .unknownStudySchema: .environment
    }
  }
}
