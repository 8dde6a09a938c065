import StudyKit

extension StudyValidation {
  /// Checks that what arms need of one another can be had.
  mutating func checkSources() {
    let names = study.arms.map(\.name)
    for arm in study.arms {
      if let source = arm.start, !names.contains(source) {
        report(arm.line, .unknownSource(owner: owner(arm), relation: .start, source: source, available: names))
      }
      if let source = arm.distillation?.arm, !names.contains(source) {
        report(arm.line, .unknownSource(owner: owner(arm), relation: .teacher, source: source, available: names))
      }
      for profile in study.profiles where arm.isPart(of: profile.name) {
        if let source = arm.start { check(source, .start, of: arm, in: profile) }
        if let source = arm.distillation?.arm { check(source, .teacher, of: arm, in: profile) }
        guard arm.method != .dense, let source = study.budget(of: arm, in: profile).source else { continue }
        check(source, .budget, of: arm, in: profile)
        checkUnits(source, of: arm)
      }
    }
    for profile in study.profiles { checkCircles(in: profile) }
  }

  private mutating func check(
    _ source: String, _ relation: StudyFault.ArmRelation, of arm: Arm, in profile: StudyKit.Profile
  ) {
    guard let other = study.arms.first(where: { $0.name == source }) else { return }
    if source == arm.name {
      report(arm.line, .ownSource(arm: arm.name, relation: relation))
    } else if !other.isPart(of: profile.name) {
      report(
        arm.line,
        .sourceElsewhere(arm: arm.name, relation: relation, source: source, profile: profile.name.rawValue))
    }
  }

  private mutating func checkUnits(_ source: String, of arm: Arm) {
    guard source != arm.name, let other = study.arms.first(where: { $0.name == source }) else { return }
    if other.method == .dense {
      report(arm.line, .budgetOfDense(arm: arm.name, source: source))
    } else if let own = arm.structure, let theirs = other.structure, own.prunesChannels != theirs.prunesChannels {
      report(arm.line, .budgetOfOtherUnit(arm: arm.name, source: source))
    }
  }

  /// Reports each circle of arms once, at the first of them in the file.
  private mutating func checkCircles(in profile: StudyKit.Profile) {
    let arms = study.arms(in: profile)
    var byName: [String: Arm] = [:]
    for arm in arms where byName[arm.name] == nil { byName[arm.name] = arm }
    var cleared: Set<String> = []
    for arm in arms where !cleared.contains(arm.name) {
      var path: [String] = []
      if let circle = circle(from: arm.name, byName, profile, &path, &cleared) {
        let first = arms.firstIndex { circle.contains($0.name) } ?? 0
        let turn = circle.firstIndex(of: arms[first].name) ?? 0
        let names = circle[turn...] + circle[..<turn] + [arms[first].name]
        report(arms[first].line, .sourceCircle(arms: Array(names), profile: profile.name.rawValue))
      }
    }
  }

  /// The first circle on the way from the arm called `name` through those that it needs.
  private func circle(
    from name: String, _ arms: [String: Arm], _ profile: StudyKit.Profile, _ path: inout [String],
    _ cleared: inout Set<String>
  ) -> [String]? {
    if let place = path.firstIndex(of: name) { return Array(path[place...]) }
    guard let arm = arms[name], !cleared.contains(name) else { return nil }
    path.append(name)
    defer { path.removeLast() }
    cleared.insert(name)
    // An arm that needs itself is reported as that.
    for source in study.sources(of: arm, in: profile) where source != name {
      if let circle = circle(from: source, arms, profile, &path, &cleared) { return circle }
    }
    return nil
  }
}
