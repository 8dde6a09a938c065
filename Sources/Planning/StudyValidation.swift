import StudyKit

/// Finds everything that is wrong with a study, in the order of the file's parts: header, recipe, profiles, arms, the
/// rest.
package struct StudyValidation {
  let study: Study
  /// Name of the study file without its extension.
  let fileName: String
  private(set) var faults: [StudyFault] = []

  init(study: Study, fileName: String) {
    self.study = study
    self.fileName = fileName
  }

  /// Everything that is wrong with `study`; `fileName` is its file's name without the extension.
  package static func faults(in study: Study, fileName: String) -> [StudyFault] {
    var validation = StudyValidation(study: study, fileName: fileName)
    validation.checkHeader()
    validation.check(study.recipe, owner: "the study's recipe", line: nil)
    validation.checkProfiles()
    validation.checkArms()
    validation.checkReport()
    return validation.faults
  }

  /// Notes a fault, once: the same may be found at several profiles.
  mutating func report(_ line: Int?, _ problem: StudyFault.Problem) {
    let fault = StudyFault(line: line, problem)
    if !faults.contains(fault) { faults.append(fault) }
  }

  private mutating func checkHeader() {
    let isSlug =
      !study.slug.isEmpty
      && study.slug.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-")
      }
    if !isSlug {
      report(nil, .slugForm(study.slug))
    } else if study.slug != fileName {
      report(nil, .slugIsNotFileName(slug: study.slug, file: fileName))
    }
    let texts = [("title", study.title), ("question", study.question), ("countsAsYes", study.countsAsYes)]
    for (field, text) in texts where text.allSatisfy(\.isWhitespace) {
      report(nil, .emptyText(field: field))
    }
  }

  private mutating func checkProfiles() {
    if study.profiles.isEmpty { report(nil, .noProfiles) }
    var lines: [ProfileName: Int] = [:]
    for profile in study.profiles {
      if let first = lines[profile.name] {
        report(profile.line, .duplicateProfile(profile.name.rawValue, firstLine: first))
      } else {
        lines[profile.name] = profile.line
      }
      check(profile)
    }
  }

  private mutating func checkArms() {
    let arms = study.arms
    if arms.isEmpty { report(nil, .noArms) }
    var lines: [String: Int] = [:]
    for arm in arms {
      if let first = lines[arm.name] {
        report(arm.line, .duplicateArm(arm.name, firstLine: first))
      } else {
        lines[arm.name] = arm.line
      }
      check(arm)
    }
    checkSources()
  }

  private mutating func checkReport() {
    var claims: [String: Int] = [:]
    var tables: [String: Int] = [:]
    let names = study.arms.map(\.name)
    for part in study.parts {
      switch part {
      case .claim(let claim):
        check(claim, arms: names)
        checkName("claim", claim.statement, claim.line, &claims)
      case .table(let table): checkName("table", table.name, table.line, &tables)
      case .published(let published): check(published)
      case .text, .arm, .figure: break
      }
    }
  }

  private mutating func checkName(_ kind: String, _ name: String, _ line: Int, _ lines: inout [String: Int]) {
    if name.allSatisfy(\.isWhitespace) {
      report(line, .outOfRange(owner: "a \(kind)", field: "name", value: "''", expected: "a text"))
    } else if let first = lines[name] {
      report(line, .duplicateName(kind: kind, name: name, firstLine: first))
    } else {
      lines[name] = line
    }
  }

  private mutating func check(_ claim: Claim, arms: [String]) {
    for name in [claim.arm, claim.rival] where !arms.contains(name) {
      report(claim.line, .unknownArm(claim: claim.statement, arm: name, available: arms))
    }
    if claim.arm == claim.rival {
      report(claim.line, .claimAgainstItself(claim: claim.statement, arm: claim.arm))
    }
    if !(-1...1).contains(claim.margin) {
      report(
        claim.line,
        .outOfRange(
          owner: "claim '\(printable(claim.statement))'", field: "margin", value: "\(claim.margin)",
          expected: "a fraction from -1 to 1"))
    }
  }

  private mutating func check(_ published: Published) {
    let owner = "published value of '\(printable(published.method))' on '\(printable(published.model))'"
    if !(0...100).contains(published.value) {
      report(
        published.line,
        .outOfRange(
          owner: owner, field: published.metric.rawValue, value: "\(published.value)", expected: "percent from 0 to 100"
        ))
    }
    if let structure = published.structure { check(structure, owner: owner, line: published.line) }
    if published.source.allSatisfy(\.isWhitespace) {
      report(published.line, .outOfRange(owner: owner, field: "source", value: "''", expected: "where it was read"))
    }
  }
}

extension StudyFault.Problem {
  static func sparsity(_ value: Double, of owner: String) -> StudyFault.Problem {
    .outOfRange(
      owner: owner, field: "sparsity", value: "\(value)",
      expected: "a fraction from 0 to below 1; write 0.9 for 90 %")
  }
}
