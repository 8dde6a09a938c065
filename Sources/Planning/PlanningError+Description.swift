extension PlanningError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownStudy(let name, let available):
      "study '\(printable(name))' is unknown" + suggestion(for: name, among: available)
    case .unreadable(let path, let reason): "file '\(path)' cannot be read: \(reason)"
    case .unwritable(let path, let reason):
      "file '\(path)' cannot be written: \(reason); make its folder writable or name another one"
    case .reservedFileName(let path):
      "study file '\(path)' has a reserved name: expected any other than 'main.swift'; rename it after its slug"
    case .studyTooLarge(let path, let limit):
      "study file '\(path)' is too large: expected at most \(limit) bytes"
    case .forbiddenImport(let path, let line, let module):
      "study file '\(line.map { "\(path):\($0)" } ?? path)' imports '\(printable(module))': expected StudyKit only; "
        + "remove the import"
    case .toolMissing(let tool, let remedy): "'\(tool)' is missing; \(remedy)"
    case .importScanFailed(let path, let output, let status):
      ended(output) + "the imports of study '\(path)' cannot be read: swiftc \(status)"
    case .compilationFailed(let path, let output, let status):
      ended(output) + "study '\(path)' does not compile: swiftc \(status); "
        + (output.contains("cannot find 'study' in scope")
          ? "declare 'let study = Study(…)' in it" : "correct it where the compiler points")
    case .evaluationFailed(let path, let output, let status):
      ended(output) + "study '\(path)' cannot be evaluated: its program \(status); a study only declares values"
    case .printed(let path, let output):
      "study '\(path)' prints '\(printable(output))': expected no output; a study only declares values"
    case .outputMissing(let path):
      "study '\(path)' ended without declaring a study: expected 'let study = Study(…)'; it must not exit"
    case .notReproducible(let path):
      "study '\(path)' declares another value each time it is evaluated: expected the same; remove what is random in it"
    case .outputUnreadable(let path, let reason):
      "the value of study '\(path)' cannot be read: \(reason); build StudyKit and pdp-study from the same sources"
    case .unknownStudySchema(let path, let found, let supported):
      "study '\(path)' was written by a StudyKit of schema \(found): expected schema \(supported); build StudyKit and "
        + "pdp-study from the same sources"
    case .invalidStudy(let path, let faults):
      "study '\(path)' is not valid, \(faults.count) fault\(faults.count == 1 ? "" : "s"):"
        + faults.map { "\n  \($0)" }.joined()
    case .undeclaredProfile(let profile, let study, let declared):
      "profile '\(profile)' is not declared by study '\(study)': expected one of " + declared.joined(separator: ", ")
    case .replicateRange(let first, let last):
      "replicates \(first)..\(last) are out of range: expected numbers from 0 to \(Planner.highestReplicate)"
    case .unknownDataset(let name, let profile, let available):
      "data set '\(printable(name))' of profile '\(profile)' is unknown" + suggestion(for: name, among: available)
    case .limitAboveDataset(let dataset, let split, let limit, let count):
      "data set '\(dataset)' has \(count) \(split) examples: expected at least the \(limit) of the study's limit; "
        + "lower it"
    case .batchAboveDataset(let dataset, let batch, let count):
      "a batch of \(batch) is larger than the \(count) training examples of data set '\(dataset)': expected at most "
        + "as many; lower it"
    case .imageTooLargeForStem(let dataset, let height, let width):
      "images [\(height), \(width)] of data set '\(dataset)' do not fit the model: expected small images up to "
        + "[64, 64] with .smallImages; use .imageNet"
    case .wrongContent(let dataset, let profile, let content, let expected):
      "data set '\(dataset)' of profile '\(profile)' holds \(content), but the study's networks read \(expected): name "
        + "another data set"
    case .unknownEncoder(let name, let profile, let available):
      "encoder '\(printable(name))' of profile '\(profile)' is unknown" + suggestion(for: name, among: available)
    case .tooManyLayers(let encoder, let profile, let layers, let available):
      "encoder '\(encoder)' has \(available) layers: expected at most as many in profile '\(profile)', got \(layers)"
    case .textsTooLong(let encoder, let profile, let length, let positions):
      "texts of \(length) tokens are too long for encoder '\(encoder)' of profile '\(profile)': expected at most its "
        + "\(positions) positions; lower the recipe's maximumLength"
    case .armWithoutEnd(let arm, let profile, let steps, let reason):
      "arm '\(arm)' cannot run at profile '\(profile)', whose epochs have \(steps) step\(steps == 1 ? "" : "s"): \(reason)"
    case .notFinite(let path): "configuration '\(path)' is not a finite number"
    case .planUnreadable(let path, let reason):
      "plan '\(path)' cannot be read: \(reason); plan the study again or delete it"
    case .unknownPlanSchema(let path, let found):
      "plan '\(path)' has schema \(found): expected \(Plan.schema); plan the study again"
    case .planChanged(let path, let expected, let found):
      "plan '\(path)' was changed after it was frozen: expected id \(expected), got \(found); plan the study again"
    case .filterForm(let text):
      "filter '\(printable(text))' is not a condition: expected key=value with a key of \(keys)"
    case .unknownFilterKey(let key):
      "filter key '\(printable(key))' is unknown" + suggestion(for: key, among: PlanFilter.Key.allCases.map(\.rawValue))
    case .unknownFilterValue(let key, let value, let available):
      "no run has \(key.rawValue) '\(printable(value))'" + suggestion(for: value, among: available)
    }
  }

  private var keys: String { PlanFilter.Key.allCases.map(\.rawValue).joined(separator: ", ") }

  /// `output` unchanged, with a line break at its end if it has any text.
  private func ended(_ output: String) -> String {
    output.isEmpty || output.hasSuffix("\n") ? output : output + "\n"
  }
}
