import Planning
import RunStore

/// Runs and arms side by side: what differs in their configurations, and their numbers.
package struct RunComparison: Encodable, Equatable, Sendable {
  package let sides: [Side]
  /// Only what differs, in the order of the keys.
  package let settings: [Setting]
  package let measures: [Measure]
  /// What keeps numbers from being compared or counted, in sentences without a final stop.
  package let notes: [String]

  /// Runs of one target and one numerics version: different versions never share a mean.
  package struct Side: Encodable, Equatable, Sendable {
    /// As the target is called.
    package let name: String
    /// Nil if no run was ever started.
    package let numerics: Int?
    /// Ids of the runs that count, which have succeeded.
    package let runs: [String]
    /// Ids of the others.
    package let leftOut: [String]
    /// Position of the side that it is compared with; nil if there is none of its numerics version, or it is that itself.
    package let rival: Int?
  }

  package struct Setting: Encodable, Equatable, Sendable {
    package let key: String
    /// A value a side; nil where the key is not there.
    package let values: [String?]

    package init(key: String, values: [String?]) {
      self.key = key
      self.values = values
    }
  }

  package struct Measure: Encodable, Equatable, Sendable {
    package let name: String
    /// A value a side; nil where no run has it.
    package let values: [Summary?]
    /// Side minus its rival, a value a side; nil where there are no pairs.
    package let differences: [Summary?]
  }

  /// What some numbers add up to.
  package struct Summary: Encodable, Equatable, Sendable {
    /// How many there are; of a difference, pairs of runs with the same seed.
    package let count: Int
    package let mean: Double
    /// Nil with a single number.
    package let standardDeviation: Double?
    /// Ends of the two-sided 95 % interval of the mean by Student's t; nil with a single number.
    package let lower: Double?
    package let upper: Double?

    init?(_ sample: Sample) {
      guard let mean = sample.mean else { return nil }
      count = sample.count
      self.mean = mean
      standardDeviation = sample.standardDeviation
      let interval = sample.interval
      lower = interval?.lowerBound
      upper = interval?.upperBound
    }
  }

  /// Compares targets, the first of which is the rival of all others.
  ///
  /// `configurations` has the parameters of every spec of the runs; `names` restricts the numbers, nil for all.
  package init(
    _ targets: [(name: String, runs: [ComparedRun])], configurations: [String: [RunDetails.Parameter]],
    names: [String]? = nil
  ) {
    var groups: [Group] = []
    for (index, target) in targets.enumerated() { groups += Group.groups(of: target.runs, target.name, index) }
    let rivals = groups.map { group in
      group.target == 0 ? nil : groups.firstIndex { $0.target == 0 && $0.numerics == group.numerics }
    }
    sides = zip(groups, rivals).map { group, rival in
      Side(
        name: group.name, numerics: group.numerics, runs: group.counted.map(\.id), leftOut: group.leftOut.map(\.id),
        rival: rival)
    }
    settings = Self.settings(groups, configurations)
    measures = (names ?? Self.names(of: targets.flatMap(\.runs))).map { Self.measure($0, groups, rivals) }
    notes = Self.notes(groups, rivals)
  }

  /// Names of all numbers that runs have, those that tables show first.
  package static func names(of runs: [ComparedRun]) -> [String] {
    let names = Set(runs.filter { $0.status == .succeeded }.flatMap(\.results.keys))
    let headlines = Plan.Metric.allCases.map(\.rawValue).filter(names.contains)
    return headlines + names.subtracting(headlines).sorted()
  }

  private static func measure(_ name: String, _ groups: [Group], _ rivals: [Int?]) -> Measure {
    Measure(
      name: name, values: groups.map { group in Summary(Sample(group.counted.compactMap { $0.results[name] })) },
      differences: zip(groups, rivals).map { group, rival in
        rival.flatMap { Summary(group.differences(from: groups[$0], on: name)) }
      })
  }

  private static func settings(
    _ groups: [Group], _ configurations: [String: [RunDetails.Parameter]]
  ) -> [Setting] {
    let values = groups.map { group in
      var values = Dictionary(
        (group.spec.flatMap { configurations[$0] } ?? []).map { ($0.key, $0.type == .case ? "(set)" : $0.text) },
        uniquingKeysWith: { first, _ in first })
      values["study"] = group.all.first?.study
      values["numerics"] = group.numerics.map { "\($0)" }
      if group.all.count == 1, let run = group.all.first {
        values["replicate"] = "\(run.replicate)"
        values["seed"] = "\(run.seed)"
      }
      return values
    }
    return Set(values.flatMap(\.keys)).sorted().compactMap { key in
      let row = values.map { $0[key] }
      return Set(row).count > 1 ? Setting(key: key, values: row) : nil
    }
  }

  private static func notes(_ groups: [Group], _ rivals: [Int?]) -> [String] {
    var notes: [String] = []
    for group in groups where !group.leftOut.isEmpty {
      let statuses = Dictionary(group.leftOut.map { ($0.status.rawValue, 1) }, uniquingKeysWith: +)
      let text = statuses.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      notes.append("'\(group.name)': left out are runs that have not succeeded, \(text)")
    }
    if Set(groups.compactMap(\.numerics)).count > 1 {
      notes.append(
        "runs of different numerics versions are neither averaged nor subtracted: each version stands by itself")
    }
    for (group, rival) in zip(groups, rivals) {
      guard let rival, !group.counted.isEmpty, !groups[rival].counted.isEmpty,
        Set(group.counted.map(\.seed)).isDisjoint(with: groups[rival].counted.map(\.seed))
      else { continue }
      notes.append("'\(group.name)' and '\(groups[rival].name)' share no seed: there are no pairs to subtract")
    }
    return notes
  }
}

/// Runs of one target and one numerics version.
private struct Group {
  let target: Int
  let name: String
  let numerics: Int?
  let counted: [ComparedRun]
  let leftOut: [ComparedRun]

  var all: [ComparedRun] { counted + leftOut }
  var spec: String? { all.first?.spec }

  /// The runs of a target by their version, oldest first; those never started go with the first version.
  static func groups(of runs: [ComparedRun], _ name: String, _ target: Int) -> [Group] {
    let versions = Set(runs.compactMap(\.numerics)).sorted()
    guard !versions.isEmpty else {
      return [Group(target: target, name: name, numerics: nil, counted: [], leftOut: runs)]
    }
    return versions.map { version in
      let own = runs.filter { ($0.numerics ?? versions[0]) == version }
      return Group(
        target: target, name: versions.count > 1 ? "\(name), numerics \(version)" : name, numerics: version,
        counted: own.filter { $0.status == .succeeded }, leftOut: own.filter { $0.status != .succeeded })
    }
  }

  /// This minus `rival` on a number, a value a seed that both have.
  func differences(from rival: Group, on name: String) -> Sample {
    let rivals = Dictionary(
      rival.counted.compactMap { run in run.results[name].map { (run.seed, $0) } },
      uniquingKeysWith: { first, _ in first })
    return Sample(
      counted.compactMap { run in
        guard let value = run.results[name], let other = rivals[run.seed] else { return nil }
        return value - other
      })
  }
}
